"""The embedded index as files: one owner, copies, damage, and processes that are killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from prometheus_client import REGISTRY

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.knowledge.vectors import SPACES, encode_passage
from tests.contract.knowledge_index.making import passages, texts

DOCUMENT = DocumentId("a")
CHILD = """
import asyncio, sys
from pathlib import Path
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge import edge_shard
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from tests.contract.knowledge_index.making import passages

folder, point, version = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
calls = 0

class Counting:
    def __init__(self, shard):
        self._inner = shard
    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name not in ("update", "flush"):
            return found
        def counted(*arguments):
            global calls
            calls += 1
            if calls == point:
                print("here", flush=True)
                sys.stdin.read()
            return found(*arguments)
        return counted

async def main():
    index = await EdgeKnowledgeIndex.open(folder)
    index._shard._shard = Counting(index._shard._shard)
    await index.replace(DocumentId("a"), version, passages("a", *(f"parcel {version} {n}" for n in range(20)), "kept"))
    print("done", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


async def test_what_was_acknowledged_is_there_after_reopening(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await index.replace(DOCUMENT, "1", passages("a", "parcels", "returns"))
    await index.close()
    again = await EdgeKnowledgeIndex.open(tmp_path)
    assert await again.versions() == {DOCUMENT: "1"}
    assert await again.size() == 2
    assert await texts(again, "parcel") == {"parcels"}
    await again.close()


async def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path)
    with pytest.raises(KnowledgeIndexUnavailableError, match=rf"in use by another process \(pid {os.getpid()}\)"):
        await EdgeKnowledgeIndex.open(tmp_path)
    await index.close()
    await (await EdgeKnowledgeIndex.open(tmp_path)).close()


async def test_a_snapshot_opens_on_its_own_and_is_small(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path / "index")
    await index.replace(DOCUMENT, "1", passages("a", "parcels", "returns"))
    await index.snapshot(tmp_path / "copy")
    await index.replace(DOCUMENT, "2", passages("a", "changed"))
    copy = await EdgeKnowledgeIndex.open(tmp_path / "copy")
    assert await copy.versions() == {DOCUMENT: "1"}
    assert await texts(copy, "parcel returns") == {"parcels", "returns"}
    used = sum(file.stat().st_blocks * 512 for file in (tmp_path / "copy").rglob("*") if file.is_file())
    assert used < 20_000_000
    await copy.close()
    await index.close()


@pytest.mark.parametrize("name", ["edge_config.json", "segment.json"])
async def test_a_damaged_folder_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    await index.close()
    _damage(tmp_path, name)
    with pytest.raises(KnowledgeIndexUnavailableError, match="delete the folder"):
        await EdgeKnowledgeIndex.open(tmp_path)


async def test_counters_that_cannot_be_trusted_are_counted_again(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await index.replace(DOCUMENT, "1", passages("a", "parcels", "parcels returned"))
    await index.close()
    (tmp_path / "frequencies.bin").write_bytes(b"x" * 1000)
    again = await EdgeKnowledgeIndex.open(tmp_path)
    await _counters_agree(again, "1", ["parcels", "parcels returned"])
    await again.close()


async def test_a_folder_that_went_away_is_no_reason_to_fail_at_the_end(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path / "index")
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    shutil.rmtree(tmp_path / "index")
    with structlog.testing.capture_logs() as logs:
        await index.close()
    assert [log["event"] for log in logs] == ["The knowledge index could not be brought to the disk at the end"]
    again = await EdgeKnowledgeIndex.open(tmp_path / "index")
    assert await again.size() == 0
    await again.close()


async def test_what_a_power_cut_left_unflushed_is_made_again(tmp_path: Path) -> None:
    assert await asyncio.to_thread(_kill_at, tmp_path, -1)
    (tmp_path / "unflushed").write_text("another boot")
    with structlog.testing.capture_logs() as logs:
        index = await EdgeKnowledgeIndex.open(tmp_path)
    assert "made again from the documents" in logs[0]["event"]
    assert (await index.versions(), await index.size()) == ({}, 0)
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    await _counters_agree(index, "1", ["parcels"])
    await index.close()


async def test_what_a_killed_process_left_unflushed_is_used(tmp_path: Path) -> None:
    assert await asyncio.to_thread(_kill_at, tmp_path, -1)
    assert (tmp_path / "unflushed").exists()
    index = await EdgeKnowledgeIndex.open(tmp_path)
    assert await index.versions() == {DOCUMENT: "new"}
    await index.close()


async def test_after_a_flush_a_power_cut_harms_nothing(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path / "index")
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    assert (tmp_path / "index" / "unflushed").exists()
    await index.snapshot(tmp_path / "copy")
    assert not (tmp_path / "index" / "unflushed").exists()
    assert not (tmp_path / "copy" / "unflushed").exists()
    await index.replace(DOCUMENT, "2", passages("a", "parcels"))
    await index.close()
    assert not (tmp_path / "index" / "unflushed").exists()


@pytest.mark.slow
async def test_a_process_killed_at_any_moment_leaves_one_whole_version(tmp_path: Path) -> None:
    finished = False
    point = 1
    while not finished:
        folder = tmp_path / str(point)
        index = await EdgeKnowledgeIndex.open(folder)
        await index.replace(DOCUMENT, "old", passages("a", *(f"parcel old {n}" for n in range(20)), "kept"))
        await index.close()
        finished = await asyncio.to_thread(_kill_at, folder, point)
        await _one_whole_version(folder, finished=finished)
        point += 1
    assert point > 5


async def test_f40_what_a_killed_process_had_written_is_not_written_again(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await index.replace(DOCUMENT, "old", passages("a", "parcel old", "kept"))
    await index.close()
    assert not await asyncio.to_thread(_kill_at, tmp_path, 4)
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await _counters_agree(index, "old", ["parcel old", "kept"])
    before = _written()
    expected = [*(f"parcel new {n}" for n in range(20)), "kept"]
    await index.replace(DOCUMENT, "new", passages("a", *expected))
    assert 0 < _written() - before < 20
    await _counters_agree(index, "new", expected)
    await index.close()


def _written() -> float:
    return REGISTRY.get_sample_value("supportbot_passages_written_total") or 0.0


def _damage(folder: Path, name: str) -> None:
    damaged = [file.write_text("garbage") for file in list(folder.rglob(name))]
    assert damaged


def _kill_at(folder: Path, point: int) -> bool:
    """Whether the child was done before it came to this call of the engine."""
    command = [sys.executable, "-c", CHILD, str(folder), str(point), "new"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = child.stdout.readline().strip()
        os.kill(child.pid, signal.SIGKILL)
    assert said in {"here", "done"}
    return said == "done"


async def _one_whole_version(folder: Path, *, finished: bool) -> None:
    index = await EdgeKnowledgeIndex.open(folder)
    version = (await index.versions())[DOCUMENT]
    expected = [*(f"parcel {version} {n}" for n in range(20)), "kept"]
    assert version == "new" or not finished
    assert [one.text for one in await index.neighbours(DOCUMENT, range(50))] == expected
    assert [one.position for one in await index.neighbours(DOCUMENT, range(50))] == list(range(21))
    await _counters_agree(index, version, expected)
    await index.replace(DOCUMENT, "next", passages("a", "parcel next", "kept"))
    await _counters_agree(index, "next", ["parcel next", "kept"])
    await index.close()


async def _counters_agree(index: EdgeKnowledgeIndex, version: str, expected: list[str]) -> None:
    assert await index.versions() == {DOCUMENT: version}
    assert await index.size() == len(expected)
    encoded = [encode_passage(passage) for passage in passages("a", *expected)]
    for space in SPACES:
        terms = {term for vectors in encoded for term in vectors[space].indices}
        counts = {term: sum(term in vectors[space].indices for vectors in encoded) for term in terms}
        assert await index.frequencies(space, sorted(terms)) == counts


async def test_what_took_over_is_searched_after_reopening_and_alone_in_a_copy(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = await EdgeKnowledgeIndex.open(folder)
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    async with index.beside() as successor:
        await successor.index.replace(DOCUMENT, "2", passages("a", "letters"))
        await successor.take_over()
    await index.snapshot(tmp_path / "copy")
    await index.close()
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["frequencies.bin", "shard"]
    for place in (folder, tmp_path / "copy"):
        opened = await EdgeKnowledgeIndex.open(place)
        assert (await opened.versions(), await texts(opened, "letters")) == ({DOCUMENT: "2"}, {"letters"})
        await opened.close()
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1


async def test_what_was_begun_and_never_whole_is_deleted_at_the_next_opening(tmp_path: Path) -> None:
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    await index.close()
    begun = await EdgeKnowledgeIndex.open(tmp_path / "built-0123abcd")
    await begun.close()
    index = await EdgeKnowledgeIndex.open(tmp_path)
    assert (await index.versions(), (tmp_path / "built-0123abcd").exists()) == ({DOCUMENT: "1"}, False)
    await index.close()


@pytest.mark.parametrize("pointer", ["built-0123abcd", "../elsewhere", "", "\udcff"])
async def test_a_pointer_to_nothing_of_ours_leads_to_the_folder_itself(tmp_path: Path, pointer: str) -> None:
    (tmp_path / "searched").write_bytes(pointer.encode("utf-8", "surrogateescape"))
    index = await EdgeKnowledgeIndex.open(tmp_path)
    await index.replace(DOCUMENT, "1", passages("a", "parcels"))
    await index.close()
    assert (tmp_path / "shard").is_dir()
