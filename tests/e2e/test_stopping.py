"""An orderly stop takes nothing new, finishes what was begun, and loses nothing."""

import asyncio
import signal
from contextlib import AsyncExitStack

from tests.e2e.conftest import NewProduct, with_bot
from tests.e2e.load import WritingTelegramUser, WritingVisitor, all_were_answered_once, write_together
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor
from tests.fakes.telegram.server import FakeTelegram

GRACE_S = 30.0
STOPS = 3


async def test_stopped_under_load_it_drains_and_nothing_is_redone(
    new_product: NewProduct, telegram: FakeTelegram
) -> None:
    product = new_product(**settings_of_no_burst(telegram))
    await product.start()
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(Visitor(product.base_url)) for _ in range(5)]
        visitors = [WritingVisitor(page, str(number)) for number, page in enumerate(pages)]
        users = [WritingTelegramUser(telegram, 1000 + number, str(number)) for number in range(3)]
        enough = asyncio.Event()
        writing = asyncio.create_task(write_together([*visitors, *users], enough))
        for _ in range(STOPS):
            await asyncio.sleep(1.0)
            assert await product.stop() == 0
            assert product.rows("SELECT id FROM conversations WHERE token IS NOT NULL") == []
            assert product.rows("SELECT reply_key FROM outbound WHERE status IN ('sending', 'uncertain')") == []
            await product.start()
        enough.set()
        await writing
        await all_were_answered_once(product, telegram, visitors, users)
    assert product.errors_in_log() == []


def settings_of_no_burst(telegram: FakeTelegram) -> dict[str, str]:
    """Every message is a question of its own."""
    return with_bot(telegram, BURST_WINDOW="0")


async def test_stopped_while_it_starts_it_ends_in_order(new_product: NewProduct) -> None:
    product = new_product(empty=True)
    for pause_s in (0.3, 0.8, 1.3):
        product.launch()
        await asyncio.sleep(pause_s)
        product.signal(signal.SIGTERM)
        assert await product.until_ended(GRACE_S) in {0, -signal.SIGTERM}
    await product.start()
    assert product.errors_in_log() == []


async def test_ctrl_c_ends_it_without_a_traceback(product: Product) -> None:
    product.signal(signal.SIGINT)
    assert await product.until_ended(GRACE_S) in {0, 130}
    assert product.errors_in_log() == []


async def test_open_pages_do_not_hold_up_the_stop_and_come_back_by_themselves(product: Product) -> None:
    async with Visitor(product.base_url) as visitor:
        await visitor.ask("How do I return an item?")
        assert await product.stop() == 0
        await product.start()
        await visitor.ask("How do I track my order?")
    assert [entry.number for entry in visitor.replies] == [1, 2]
