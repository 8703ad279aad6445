"""What `make up` starts itself, and where services listen."""

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from supportbot.common.settings import SettingsError
from supportbot.standalone.settings import StandaloneSettings
from tests.servers.process import Program, free_port
from tools.distributed import __main__ as command
from tools.distributed.home import make_home, remove_home
from tools.distributed.layout import FOLDER, SERVICES, STATE, ports
from tools.distributed.servers import servers
from tools.distributed.state import State, found, note
from tools.distributed.supervised import Supervised

NAMED = {
    "DB_HOST": "db.example",
    "RABBITMQ_URL": "amqp://user:secret@broker.example/",
    "QDRANT_URL": "https://qdrant.example",
    "REDIS_HOST": "redis.example",
    "TELEGRAM_BOT_TOKEN": "1:token-of-a-bot-that-does-not-exist",
    "OPENAI_API_KEY": "a-key",
}


def test_servers_that_settings_name_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        found = servers(StandaloneSettings(), tmp_path, stack)
    assert (found.settings, found.children) == ({}, [])


def test_an_env_file_names_servers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in NAMED.items()), encoding="utf-8")
    with ExitStack() as stack:
        found = servers(StandaloneSettings(), tmp_path, stack)
    assert (found.settings, found.children) == ({}, [])


@pytest.mark.parametrize(
    ("base", "key"), [("OPENAI_API_BASE", "OPENAI_API_KEY"), ("TELEGRAM_API_BASE", "TELEGRAM_BOT_TOKEN")]
)
def test_a_server_that_is_named_is_never_replaced_by_a_stand_in(
    base: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**NAMED, key: "", base: "http://localhost:11434"}.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack, pytest.raises(SettingsError, match=f"{key}: is missing beside {base}"):
        servers(StandaloneSettings(), tmp_path, stack)


def test_what_killed_servers_have_left_is_removed_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    left = make_home()
    (left / "postgres").mkdir()
    made = make_home()
    assert not left.exists()
    remove_home()
    assert not made.exists()


def supervised(folder: Path, code: str) -> Supervised:
    return Supervised("sleeper", Program([sys.executable, "-c", code], folder), folder / "log", lambda: True)


def test_one_that_runs_is_left_alone(tmp_path: Path) -> None:
    child = supervised(tmp_path, "import time; time.sleep(60)")
    assert child.ensure()
    assert not child.ensure()
    assert child.told == ""
    child.stop()


def test_one_that_ends_is_told_of_and_started_again_later_each_time(tmp_path: Path) -> None:
    child = supervised(tmp_path, "raise SystemExit(3)")
    begun = time.monotonic()
    with capture_logs() as logs:
        while child.ends < 3:
            child.ensure()
            time.sleep(0.01)
    child.stop()
    assert time.monotonic() - begun >= 1 + 2, "it waits between two starts"
    assert "ended 3 times" in child.told
    assert "exit code 3" in child.told
    assert [line["again_in_s"] for line in logs if "again_in_s" in line] == [1, 2, 4]


def test_who_is_dead_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nobody = free_port()
    state = State(1, services={"gateway": nobody}, servers={"redis": nobody}, ended={"redis": "ended 1 times"})
    assert list(state.not_ready()) == ["redis", "gateway"]
    assert "  redis ended 1 times" in state.told()


def test_whoever_waits_long_is_told_what_for_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = State(os.getpid(), services={"gateway": free_port()})
    monkeypatch.setattr(command, "found", lambda: state)
    monkeypatch.setattr(command, "SAID_AFTER_S", 0.0)
    assert command.up(within_s=1.0) == 1
    told = capsys.readouterr().err
    assert told.count("Still waiting") == 1
    assert told.count("gateway is not ready: it does not answer") == 2  # when it was late, and at the end


def test_each_service_has_a_port_of_its_own_whatever_web_port_says() -> None:
    assert ports({"WEB_PORT": "7000"}) == SERVICES
    assert len(set(SERVICES.values())) == len(SERVICES)


def test_a_service_can_be_given_another_port() -> None:
    assert ports({"ADMIN_API_PORT": "7000"}) == {**SERVICES, "admin-api": 7000}


@pytest.mark.parametrize("given", ["many", "0", "70000", "-1", "٣"])
def test_what_is_no_port_is_named(given: str) -> None:
    with pytest.raises(ValueError, match="GATEWAY_PORT"):
        ports({"GATEWAY_PORT": given})


def test_a_number_that_belongs_to_another_process_by_now_is_no_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    note(State(os.getpid()))
    assert found() is None


@pytest.mark.parametrize("left", ["", "{", '{"pid": 1, "of": "another version"}', "[]"])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    STATE.write_text(left, encoding="utf-8")
    assert found() is None
