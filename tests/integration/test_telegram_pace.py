"""Who writes too fast in Telegram: nothing is lost, what is too much is answered together, and they are told once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from supportbot.common.database.clock import now
from supportbot.common.database.conversations import take_over
from supportbot.common.database.schema.tables import conversations, messages
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, answer_next, running, settings_for

LIMIT = 3
TOO_FAST = "You write faster than I can answer"


@asynccontextmanager
async def limited(database: Database, tmp_path: Path) -> AsyncGenerator[World]:
    """A gateway that lets each person write three messages a minute, and answers only when it is told to."""
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path, user_messages_per_minute=LIMIT)
        async with running(fake, database, settings, answers=False) as world:
            yield world


async def say(world: World, *texts: str, user: int = ANNA) -> None:
    """Write, one after the other, each as soon as the one before is stored."""
    for text in texts:
        world.telegram.user_says(user, text)
        await world.row(messages, text=text)


async def all_is_due(world: World) -> None:
    """The pause that was asked for has passed."""
    await world.database.write(lambda tx: tx.execute(update(conversations).values(due_at=now())))


async def test_what_is_too_much_is_kept_and_answered_together_and_its_writer_told_once(
    database: Database, tmp_path: Path
) -> None:
    async with limited(database, tmp_path) as world:
        for number in range(LIMIT):
            await say(world, f"Allowed {number}")
            assert await answer_next(database) is not None
        await say(world, "Too much 0", "Too much 1", "Too much 2")
        assert await answer_next(database) is None
        await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(TOO_FAST))
        await all_is_due(world)
        await answer_next(database)
        last = await world.telegram.wait_for_message(ANNA, lambda sent: "Too much" in sent.text, timeout=20)
        assert last.text.startswith("Echo: Too much 0\nToo much 1\nToo much 2")
        assert len([sent for sent in world.telegram.sent(ANNA) if sent.text.startswith(TOO_FAST)]) == 1
        assert await answer_next(database) is None


async def test_others_and_staff_are_not_held_up(database: Database, tmp_path: Path) -> None:
    async with limited(database, tmp_path) as world:
        await say(world, *(f"Much {number}" for number in range(LIMIT + 1)))
        await say(world, "Mine", user=BORIS)
        await say(world, *(f"Staff {number}" for number in range(LIMIT + 2)), user=ADMIN)
        world.telegram.user_says(BORIS, "Is it me?")
        await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(TOO_FAST))
        assert world.telegram.sent(BORIS) == []
        assert world.telegram.sent(ADMIN) == []


async def test_an_update_that_comes_a_hundred_times_is_one_message(database: Database, tmp_path: Path) -> None:
    async with limited(database, tmp_path) as world:
        await say(world, "Once")
        world.telegram.redeliver(world.telegram.last_update_id(), times=100)
        await say(world, "Twice", "Thrice")
        await world.telegram.wait_until(lambda: True if world.telegram.pending_updates() == 0 else None)
        turn = await answer_next(database)
        assert turn is not None
        await world.telegram.wait_for_message(ANNA)
        assert [sent.text for sent in world.telegram.sent(ANNA) if sent.text.startswith(TOO_FAST)] == []


async def test_where_a_person_answers_nobody_is_told_to_wait(database: Database, tmp_path: Path) -> None:
    async with limited(database, tmp_path) as world:
        await say(world, "To a person")
        (row,) = await world.rows(conversations)
        await database.write(lambda tx: take_over(tx, ConversationId(row.id)))
        await say(world, *(f"More {number}" for number in range(LIMIT + 1)))
        (after,) = await world.rows(conversations)
        assert (after.last_seq, after.out_seq) == (LIMIT + 2, 0)


@pytest.mark.parametrize(("language", "words"), [("ru", "Вы пишете быстрее"), ("de", TOO_FAST)])
async def test_they_are_told_in_their_language(
    sqlite_database: Database, tmp_path: Path, language: str, words: str
) -> None:
    async with limited(sqlite_database, tmp_path) as world:
        world.telegram.add_user(55, "Dora", language_code=language)
        await say(world, *(f"Fast {number}" for number in range(LIMIT + 1)), user=55)
        await world.telegram.wait_for_message(55, lambda sent: sent.text.startswith(words))
