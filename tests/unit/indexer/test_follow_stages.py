"""What a document's follower tells, and when it takes the work for standing still."""

import asyncio

import pytest

from supportbot.common.ids import DocumentId
from supportbot.indexer.use_cases.follow_stages import STANDSTILL_S, StageFollower, StandstillError


async def test_it_tells_the_stage_and_how_far_the_next_one_is() -> None:
    follower = StageFollower(DocumentId("a.md"))
    follower.reach("parsed")
    follower.reach("chunked")
    async with follower.doing("embedding", 100):
        follower.advance(64, 100)
        reached = follower.now
        assert (reached.stage, reached.activity, reached.done, reached.total) == ("chunked", "embedding", 64, 100)
    follower.reach("embedded")
    assert (follower.now.stage, follower.now.activity, follower.now.done) == ("embedded", "", 0)


async def test_getting_further_puts_the_limit_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STANDSTILL_S, "indexing", 3600.0)
    follower = StageFollower(DocumentId("a.md"))
    loop = asyncio.get_running_loop()
    async with follower.doing("indexing", 2) as limit:
        before = limit.when()
        assert before is not None
        await asyncio.sleep(0)
        follower.advance(1, 2)
        after = limit.when()
        assert after is not None
        assert loop.time() < before < after


async def test_a_time_limit_of_the_work_itself_is_no_standstill() -> None:
    follower = StageFollower(DocumentId("a.md"))
    with pytest.raises(TimeoutError):
        async with follower.doing("indexing"):
            raise TimeoutError
    with pytest.raises(StandstillError, match="Check the index"):
        await _stand_still(follower)


async def _stand_still(follower: StageFollower) -> None:
    async with follower.doing("indexing") as limit:
        limit.reschedule(0.0)
        await asyncio.Event().wait()
