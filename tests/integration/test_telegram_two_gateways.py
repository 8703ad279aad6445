"""Two gateways on one database: one polls, one sends, nothing is done twice, and one stands in for the other."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.tables import bots, messages, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.gateway.domain.update_bytes import from_value
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.receive_update import receive_update
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ANNA, polling_conflicts, running, settings_for


async def test_the_same_update_ten_times_at_two_gateways_is_one_message(database: Database) -> None:
    intakes = [Intake(database, BotId("123"), frozenset(), 0.0) for _ in range(2)]
    chat = {"id": ANNA, "type": "private"}
    person = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
    raw = from_value({"update_id": 7, "message": {"message_id": 1, "chat": chat, "from": person, "text": "Once"}})
    await asyncio.gather(*(receive_update(intakes[number % 2], raw) for number in range(10)))

    async def texts(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(messages.c.text))).scalars())

    assert await database.read(texts) == ["Once"]


async def test_one_polls_and_sends_and_the_other_takes_its_place(database: Database, tmp_path: Path) -> None:
    conflicts = polling_conflicts()
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path)
        first, second = AsyncExitStack(), AsyncExitStack()
        async with first, second:
            world = await first.enter_async_context(running(fake, database, settings))
            await fake.wait_for_call("deleteWebhook")
            (before,) = await world.rows(bots)
            await second.enter_async_context(running(fake, database, settings, answers=False))
            fake.user_says(ANNA, "To the first")
            await fake.wait_for_message(ANNA)
            assert len(fake.calls("deleteWebhook")) == 1
            await first.aclose()
            fake.user_says(ANNA, "To the second")
            await world.row(messages, text="To the second")
            (after,) = await world.rows(bots)
            assert after.poller not in {None, before.poller}
        assert polling_conflicts() == conflicts
        assert len(await world.rows(outbound)) == 1
