"""What every place for documents' contents promises: whole or not there, once, and never more of it than allowed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

import pytest

from supportbot.common.files.port import CHUNK, FileDamagedError, FileMissingError, Files, FileTooLargeError
from tests.contract.files.places import MemoryPlace, Place, pieces_of, whole

LIMIT = 10 * 1024**2
CONTENT = bytes(range(256)) * 4096  # 1 MiB: several chunks


async def nothing(_digests: Sequence[str]) -> set[str]:
    return set()


async def everything(digests: Sequence[str]) -> set[str]:
    return set(digests)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
async def test_a_content_comes_back_as_it_was(files: Files, size: int) -> None:
    content = (CONTENT * 2)[:size]
    stored = await files.put(pieces_of(content), limit=LIMIT)
    assert (stored.digest, stored.size) == (sha256(content).hexdigest(), size)
    assert await whole(files, stored.digest) == content


async def test_only_a_few_pieces_are_in_memory_at_a_time(files: Files) -> None:
    given = 0

    async def content() -> AsyncIterator[bytes]:
        nonlocal given
        for number in range(64):
            yield bytes([number]) * CHUNK
            given += 1

    stored = await files.put(content(), limit=64 * CHUNK)
    assert (given, stored.size) == (64, 64 * CHUNK)
    sizes = [len(piece) async for piece in files.read(stored.digest)]
    assert max(sizes) <= CHUNK


async def test_the_same_content_twice_is_stored_once(files: Files, place: Place) -> None:
    first = await files.put(pieces_of(CONTENT), limit=LIMIT)
    lying = await place.pieces()
    assert await files.put(pieces_of(CONTENT, 777), limit=LIMIT) == first
    assert await place.pieces() == lying
    assert await whole(files, first.digest) == CONTENT


async def test_the_same_content_from_many_at_once_is_stored_once(files: Files, place: Place) -> None:
    alone = await files.put(pieces_of(CONTENT), limit=LIMIT)
    lying = await place.pieces()
    await place.age(10)
    await files.sweep(5, nothing)
    stored = await asyncio.gather(*(files.put(pieces_of(CONTENT), limit=LIMIT) for _ in range(6)))
    assert set(stored) == {alone}
    assert await place.pieces() == lying
    assert await whole(files, alone.digest) == CONTENT


async def test_a_content_that_breaks_off_leaves_nothing(files: Files, place: Place) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.put(broken(), limit=LIMIT)
    assert await place.pieces() == 0
    with pytest.raises(FileMissingError):
        await whole(files, sha256(CONTENT).hexdigest())


async def test_a_cancelled_upload_leaves_nothing(files: Files, place: Place) -> None:
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(files.put(slow(), limit=LIMIT))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await place.pieces() == 0


async def test_too_much_is_noticed_while_it_comes_and_leaves_nothing(files: Files, place: Place) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += CHUNK
            yield bytes(CHUNK)

    with pytest.raises(FileTooLargeError):
        await files.put(endless(), limit=3 * CHUNK)
    assert given == 4 * CHUNK
    assert await place.pieces() == 0


async def test_exactly_the_limit_is_allowed(files: Files) -> None:
    assert (await files.put(pieces_of(CONTENT), limit=len(CONTENT))).size == len(CONTENT)


@pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "0" * 63 + "/"])
async def test_what_is_not_there_is_missing(files: Files, digest: str) -> None:
    with pytest.raises(FileMissingError):
        await whole(files, digest)


async def test_a_damaged_content_is_not_passed_on_as_sound(files: Files, place: Place) -> None:
    stored = await files.put(pieces_of(b"sound"), limit=LIMIT)
    await place.damage(stored.digest)
    with pytest.raises(FileDamagedError):
        await whole(files, stored.digest)


async def test_what_nothing_refers_to_is_swept_when_it_is_old(files: Files, place: Place) -> None:
    kept = await files.put(pieces_of(b"kept"), limit=LIMIT)
    await files.put(pieces_of(CONTENT), limit=LIMIT)
    await place.age(100)
    young = await files.put(pieces_of(b"young"), limit=LIMIT)

    async def needed(digests: Sequence[str]) -> set[str]:
        return {kept.digest} & set(digests)

    assert await files.sweep(50, needed) == 1
    assert (await whole(files, kept.digest), await whole(files, young.digest)) == (b"kept", b"young")
    assert await place.pieces() == 2


async def test_an_old_content_that_is_stored_again_counts_as_young(files: Files, place: Place) -> None:
    stored = await files.put(pieces_of(CONTENT), limit=LIMIT)
    await place.age(100)

    async def meanwhile(_digests: Sequence[str]) -> set[str]:
        await files.put(pieces_of(CONTENT), limit=LIMIT)
        return set()

    assert await files.sweep(50, meanwhile) == 0
    assert await whole(files, stored.digest) == CONTENT


async def test_what_a_killed_process_left_of_an_upload_is_swept(files: Files, place: Place) -> None:
    if isinstance(place, MemoryPlace):
        pytest.skip("what is in memory goes with its process")
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(files.put(slow(), limit=LIMIT))
    await begun.wait()
    assert await place.pieces() > 0
    assert await files.sweep(50, everything) == 0
    assert await place.pieces() > 0  # it may still go on
    await place.age(100)
    await files.sweep(50, everything)
    assert await place.pieces() == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_sweeping_an_empty_place_finds_nothing(files: Files) -> None:
    assert await files.sweep(0, nothing) == 0
