"""What the all-in-one process needs before it serves anyone."""

import asyncio
import errno
import json
import socket
from pathlib import Path

import pytest

from supportbot.answerer.domain.answer import Answer, Citation
from supportbot.common.i18n import translate
from supportbot.common.ids import ChunkId, DocumentId, uuid7
from supportbot.common.knowledge.folder_lock import FolderLock
from supportbot.common.process import CannotListenError, PortTakenError, listen
from supportbot.standalone.env_example import env_example
from supportbot.standalone.running import announce, find, find_soon, withdraw
from supportbot.standalone.shapes import answer_shape

ROOT = Path(__file__).parents[3]


def test_the_example_of_settings_is_current() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example(), (
        "run: .venv/bin/supportbot config example > .env.example"
    )


def test_a_taken_port_is_named_by_its_setting() -> None:
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    with pytest.raises(PortTakenError, match=f"WEB_PORT.*{port}"):
        listen("127.0.0.1", port)
    first.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 300, "::zz"])
def test_an_address_that_is_not_this_machines_is_named_by_its_setting(host: str) -> None:
    with pytest.raises(CannotListenError, match=r"^WEB_HOST: .*Set an address of this machine"):
        listen(host, 0)


class _Forbidding(socket.socket):
    def bind(self, address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(address))


def test_a_port_that_is_not_allowed_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", _Forbidding)
    with pytest.raises(CannotListenError, match=r"^WEB_PORT: .*from 1024 on"):
        listen("127.0.0.1", 80)


def test_the_socket_lets_asyncio_switch_off_delays() -> None:
    bound = listen("127.0.0.1", 0)
    assert bound.proto == socket.IPPROTO_TCP
    bound.close()


def test_a_running_process_is_found_by_its_data_folder_until_it_ends(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    lock = FolderLock(tmp_path)
    running = announce(tmp_path, "http://localhost:5000")
    assert find(tmp_path) == running
    withdraw(tmp_path)
    assert find(tmp_path) is None
    lock.release()


def test_a_note_left_by_a_dead_process_is_not_believed(tmp_path: Path) -> None:
    announce(tmp_path, "http://localhost:5000")
    assert find(tmp_path) is None  # its number is that of a living process, ours, but nobody holds the folder


async def test_a_process_that_is_just_starting_is_waited_for(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    waiting = asyncio.create_task(find_soon(tmp_path))
    await asyncio.sleep(0)
    assert not waiting.done()
    running = announce(tmp_path, "http://localhost:5000")
    assert await waiting == running
    lock.release()
    withdraw(tmp_path)
    assert await find_soon(tmp_path) is None, "nobody has the folder: there is nothing to wait for"


def test_the_key_of_the_local_routes_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    announce(tmp_path, "http://localhost:5000")
    assert (tmp_path / "local_key").stat().st_mode & 0o777 == 0o600
    assert "key" not in json.loads((tmp_path / "running.json").read_text(encoding="utf-8"))


def test_an_answer_has_the_promised_form() -> None:
    citation = Citation(DocumentId("returns.md"), "Returns", "within 30 days", ChunkId(uuid7()))
    answer = Answer("answer", "answered", "en", "Within 30 days.", confidence=0.91236, citations=(citation,))
    assert answer_shape(answer) == {
        "decision": "answer",
        "answer": "Within 30 days.",
        "confidence": 0.9124,
        "citations": [{"document": "returns.md", "title": "Returns", "quote": "within 30 days"}],
        "reason": "answered",
        "ranked": [],
    }


def test_an_escalation_says_no_answer() -> None:
    shape = answer_shape(Answer("escalate", "low_confidence", "ru", "A draft.", confidence=0.2))
    assert (shape["decision"], shape["answer"], shape["reason"]) == ("escalate", "", "low_confidence")


def test_a_friendly_word_is_an_answer_in_the_language_of_the_question() -> None:
    shape = answer_shape(Answer("reply", "small_talk", "ru", message_key="answer.greeting"))
    assert (shape["decision"], shape["answer"]) == ("answer", translate("answer.greeting", "ru"))
