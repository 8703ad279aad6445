"""What a reading process may do: nothing with the network, and nothing any more when its time is over."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from supportbot.common.files.refusals import code_of
from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.reading import FileReader
from supportbot.indexer.domain.documents import UnreadableDocumentError
from tests.documents.pdf import Page, pdf

CONNECTS = """
import socket, sys
from supportbot.indexer.adapters.confinement import give_up_the_network
listening = socket.create_server(("127.0.0.1", 0))
if not give_up_the_network():
    sys.exit(7)
try:
    socket.create_connection(listening.getsockname(), timeout=2)
except OSError:
    sys.exit(0)
sys.exit(1)
"""
LIMITS = """
import resource
from supportbot.indexer.adapters.confinement import MEMORY, accept_limits
accept_limits(5)
print(*(resource.getrlimit(one)[0] for one in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_CORE)))
try:
    bytearray(2 * MEMORY)
except MemoryError:
    print("refused")
"""
NEVER_ENDS = """#!/bin/sh
if [ "$1" = --list-langs ]; then echo eng; exit; fi
echo $$ > {pid}
exec sleep 600
"""

TELLS_WHAT_IT_KNOWS = """#!/bin/sh
env > {seen}
if [ "$1" = --list-langs ]; then echo eng; exit; fi
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)


def test_a_process_that_gave_up_the_network_reaches_nobody() -> None:
    code = run(CONNECTS).returncode
    if code == 7:
        pytest.skip("this system permits no network namespace")
    assert code == 0


def test_a_process_keeps_to_the_limits_that_it_accepted() -> None:
    assert run(LIMITS).stdout.split() == ["5", str(2 * 1024**3), "0", "refused"]


async def test_where_no_namespace_is_permitted_the_document_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Words.")
    read = await FileReader(1_000).read(DocumentId("a.md"), path, isolated=True)
    child = run("from supportbot.indexer.adapters.confinement import *; print(give_up_the_network())").stdout.strip()
    assert ("without a network namespace" in read.warning) == (child == "False")


async def test_what_a_reading_process_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note, program, path = tmp_path / "pid", tmp_path / "bin" / "tesseract", tmp_path / "scan.pdf"
    program.parent.mkdir()
    program.write_text(NEVER_ENDS.format(pid=note))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    path.write_bytes(pdf(Page((), bytes([200]) * 10_000, 100)))
    reading = asyncio.create_task(FileReader(1_000_000).read(DocumentId("scan.pdf"), path, isolated=False))
    while not (note.exists() and note.read_text().strip()):  # noqa: ASYNC110  # another process writes it
        await asyncio.sleep(0.02)
    started = psutil.Process(int(note.read_text()))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.to_thread(psutil.wait_procs, [started], timeout=20)
    assert not started.is_running() or started.status() == psutil.STATUS_ZOMBIE


async def test_a_reading_process_knows_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, program, path = tmp_path / "seen", tmp_path / "bin" / "tesseract", tmp_path / "scan.pdf"
    program.parent.mkdir()
    program.write_text(TELLS_WHAT_IT_KNOWS.format(seen=seen))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:rosebud")
    path.write_bytes(pdf(Page((), bytes([200]) * 10_000, 100)))
    with pytest.raises(UnreadableDocumentError):
        await FileReader(1_000_000).read(DocumentId("scan.pdf"), path, isolated=False)
    assert str(program.parent) in seen.read_text()
    assert "rosebud" not in seen.read_text()


async def test_a_document_that_takes_longer_than_it_may_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(Page(["Words"])))
    with pytest.raises(UnreadableDocumentError) as refused:
        await FileReader(1_000_000, time_limit_s=0.01).read(DocumentId("a.pdf"), path, isolated=False)
    assert code_of(str(refused.value)) == "too_slow"
