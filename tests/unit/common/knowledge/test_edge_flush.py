"""Bringing the index to the disk in a quiet moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from supportbot.common.knowledge.edge_flush import QuietFlush
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError


class Disk:
    """Counts what is brought to it; fails `failing` times first."""

    def __init__(self, failing: int = 0) -> None:
        self.flushes = 0
        self.failing = failing
        self.flushed = asyncio.Event()

    async def flush(self) -> None:
        if self.failing:
            self.failing -= 1
            raise KnowledgeIndexUnavailableError("the disk is full")
        self.flushes += 1
        self.flushed.set()


@asynccontextmanager
async def running(disk: Disk, *, quiet_s: float, longest_s: float = 60.0) -> AsyncIterator[QuietFlush]:
    quiet = QuietFlush(disk.flush)
    task = asyncio.create_task(quiet.run(quiet_s=quiet_s, longest_s=longest_s))
    try:
        yield quiet
    finally:
        task.cancel()


async def test_many_changes_are_one_flush() -> None:
    disk = Disk()
    async with running(disk, quiet_s=0.05) as quiet, asyncio.timeout(5):
        for _ in range(10):
            quiet.note_change()
            await asyncio.sleep(0)
        await disk.flushed.wait()
    assert disk.flushes == 1


async def test_without_a_change_nothing_is_flushed_however_much_is_asked() -> None:
    disk = Disk()
    async with running(disk, quiet_s=0.0) as quiet:
        for _ in range(10):
            quiet.note_use()
            await asyncio.sleep(0)
    assert disk.flushes == 0


async def test_questions_put_a_flush_off_but_not_for_ever() -> None:
    disk = Disk()
    async with running(disk, quiet_s=30.0, longest_s=0.05) as quiet, asyncio.timeout(5):
        quiet.note_change()
        while not disk.flushed.is_set():
            quiet.note_use()
            await asyncio.sleep(0.005)
    assert disk.flushes == 1


async def test_a_full_disk_is_tried_again() -> None:
    disk = Disk(failing=2)
    async with running(disk, quiet_s=0.01) as quiet, asyncio.timeout(5):
        quiet.note_change()
        await disk.flushed.wait()
    assert disk.flushes == 1
