"""With the disk full nothing is accepted that is not stored, and once there is room again nothing was lost."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import NewProduct, with_bot
from tests.e2e.ledger import page_problems, stored_messages, unanswered, unfinished
from tests.e2e.product import Product
from tests.e2e.small_disk import SmallDisk, small_disk
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import until
from tests.fakes.telegram.server import FakeTelegram

WITHIN_S = 30.0
USER = 1001


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=12) as mounted:
        yield mounted


async def test_a_full_disk_refuses_and_loses_nothing(
    new_product: NewProduct, telegram: FakeTelegram, disk: SmallDisk
) -> None:
    telegram.add_user(USER)
    place = {"DATABASE_PATH": str(disk.folder / "supportbot.db")}
    product = new_product(empty=True, **with_bot(telegram, BURST_WINDOW="0", **place))
    await product.start()
    async with Visitor(product.base_url) as visitor:
        accepted = ["How do I return an item?"]
        await visitor.ask(accepted[0])
        disk.fill()
        accepted += await _say_until_refused(visitor)
        assert disk.is_full()
        assert await _readiness(product) == (503, True)
        assert "A message of the web chat could not be stored" in product.log()
        telegram.user_says(USER, "How do I track my order?")
        refusals = (
            "Updates stay at Telegram",
            "Fetching updates has to wait for the database",
            "Polling has to wait for the database",  # full before the first fetch
        )
        await until(lambda: any(text in product.log() for text in refusals), product.log_tail)
        assert stored_messages(product, "telegram", str(USER)) == []
        disk.free()

        await visitor.say_until_accepted("How much does delivery cost?")
        accepted.append("How much does delivery cost?")
        reply = await telegram.wait_for_message(USER, timeout=WITHIN_S)
        assert reply.text
        await until(lambda: not unfinished(product), lambda: unfinished(product))
        await until(lambda: len(visitor.replies) == product.count("outbound", "channel = 'web'"), "all is on the page")
        assert unanswered(product) == []
        assert page_problems(product, visitor, accepted) == []
        assert stored_messages(product, "telegram", str(USER)) == ["How do I track my order?"]
        assert await _readiness(product) == (200, False)
    assert await product.stop() == 0
    assert "Check the disk" in product.log()
    assert "Traceback" not in product.log()


async def _readiness(product: Product) -> tuple[int, bool]:
    """The status that readiness answers with, and whether it says that the database is at fault."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{product.base_url}/health/ready")
    return answer.status_code, "Check the disk" in answer.json()["problems"].get("database", "")


async def _say_until_refused(visitor: Visitor) -> list[str]:
    """What was still accepted; the first refusal must be a 503 that says so."""
    accepted: list[str] = []
    text = "How do I track my order? " + "It is important to me. " * 200
    for number in range(15):
        answer = await visitor.say(text, client_id=f"full {number}")
        if answer.status_code != httpx.codes.ACCEPTED:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            assert answer.json()["error"]["code"] == "unavailable"
            return accepted
        accepted.append(text.strip())
    pytest.fail("nothing was refused although the disk is full")


async def test_a_full_disk_at_the_start_is_named(new_product: NewProduct, disk: SmallDisk) -> None:
    disk.fill()
    product = new_product(empty=True, DATABASE_PATH=str(disk.folder / "supportbot.db"))
    product.launch()
    assert await product.until_ended(WITHIN_S) == 1
    assert "Traceback" not in product.log()
    assert "make room" in product.log()
    disk.free()
    await product.start()
