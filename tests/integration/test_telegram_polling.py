"""Updates that are fetched: stored once each, whatever they are, and confirmed only then."""

from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import conversations, messages, outbound, quarantine, updates
from supportbot.gateway.domain.update_route import RouteTiming
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ANNA, BORIS, World, running, served, settings_for


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake, running(fake, sqlite_database, settings_for(fake, tmp_path)) as made:
        yield made


async def test_a_question_is_answered_in_its_chat(world: World) -> None:
    world.telegram.user_says(ANNA, "Where is my order?")
    reply = await world.telegram.wait_for_message(ANNA)
    assert reply.text.startswith("Echo: Where is my order?")
    assert [message.text for message in await world.rows(messages)] == ["Where is my order?"]


async def test_an_update_that_comes_a_hundred_times_is_stored_and_answered_once(world: World) -> None:
    world.telegram.user_says(ANNA, "Once")
    world.telegram.redeliver(world.telegram.last_update_id(), times=100)
    world.telegram.user_says(BORIS, "After it")
    await world.telegram.wait_for_message(BORIS)
    await world.telegram.wait_until(lambda: True if world.telegram.pending_updates() == 0 else None)
    assert Counter(message.text for message in await world.rows(messages)) == {"Once": 1, "After it": 1}
    assert len(world.telegram.sent(ANNA)) == 1
    assert await world.rows(quarantine) == []


async def test_the_same_update_id_with_another_body_is_kept_aside(world: World) -> None:
    world.telegram.user_says(ANNA, "The first")
    await world.telegram.wait_for_message(ANNA)
    chat = {"id": BORIS, "type": "private"}
    other = {"message_id": 9, "date": 1, "chat": chat, "from": {"id": BORIS, "is_bot": False}, "text": "Forged"}
    world.telegram.inject_update({"update_id": world.telegram.last_update_id(), "message": other})
    kept = await world.row(quarantine)
    assert "another body" in kept.reason
    assert "Forged" in kept.body
    assert [message.text for message in await world.rows(messages)] == ["The first"]


async def test_an_update_that_comes_before_its_predecessor_discards_none(world: World) -> None:
    def update(number: int, text: str) -> dict[str, object]:
        person = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
        chat = {"id": ANNA, "type": "private"}
        return {
            "update_id": number,
            "message": {"message_id": number, "date": 1, "chat": chat, "from": person, "text": text},
        }

    world.telegram.inject_update(update(1001, "second"))
    world.telegram.inject_update(update(1000, "first"))
    await world.row(messages, count=2)  # one reply may answer both, if they were stored before it was begun
    assert {message.text for message in await world.rows(messages)} == {"first", "second"}
    await world.telegram.wait_for_message(ANNA)


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"message_id": 1}},
        {"update_id": "12", "message": {}},
        {"update_id": -5, "message": {}},
        {"update_id": 2**63, "message": {}},
        {"update_id": 7, "message": "text"},
        {"update_id": 8, "message": {"message_id": 1, "chat": {"id": "x"}, "text": "hi"}},
        {"update_id": 9, "message": {"message_id": -1, "chat": {"id": 5}, "text": "hi"}},
        [],
        "not JSON {",
        '{"update_id": 11, "message": NaN}',
        '{"update_id": 12, "message": ' + "[" * 10_000 + "]" * 10_000 + "}",
    ],
    ids=[
        "no-id",
        "text-id",
        "negative",
        "too-large",
        "no-object",
        "bad-chat",
        "bad-message-id",
        "list",
        "no-json",
        "nan",
        "deep",
    ],
)
async def test_what_cannot_be_read_is_kept_aside_and_holds_nobody_up(world: World, body: object) -> None:
    world.telegram.inject_update(body)
    await world.row(quarantine)
    world.telegram.user_says(ANNA, "Still there?")
    await world.telegram.wait_for_message(ANNA)
    assert len(await world.rows(quarantine)) == 1


async def test_an_unknown_kind_of_update_is_remembered_and_asks_nothing(world: World) -> None:
    world.telegram.inject_update({"update_id": 5000, "brand_new_thing": {"a": 1}})
    await world.row(updates, update_id="5000")
    assert await world.rows(messages) == []
    assert await world.rows(quarantine) == []


async def test_edits_are_answered_anew_and_edits_that_change_nothing_are_not(world: World) -> None:
    message_id = world.telegram.user_says(ANNA, "How much is it?")
    await world.telegram.wait_for_message(ANNA)
    world.telegram.user_edits(ANNA, message_id, "How much is it?")
    world.telegram.user_edits(ANNA, message_id, "How much is delivery?")
    await world.telegram.wait_for_message(ANNA, lambda sent: "delivery" in sent.text)
    assert len(world.telegram.sent(ANNA)) == 2
    assert len(await world.rows(messages)) == 2


async def test_an_edit_of_a_message_that_was_never_seen_is_a_message(world: World) -> None:
    chat = {"id": ANNA, "type": "private"}
    person = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
    edited = {"message_id": 50, "date": 1, "edit_date": 2, "chat": chat, "from": person, "text": "Changed"}
    world.telegram.inject_update({"update_id": 100, "edited_message": edited})
    assert (await world.telegram.wait_for_message(ANNA)).text.startswith("Echo: Changed")


async def test_a_person_who_blocks_the_bot_is_marked_until_they_come_back(world: World) -> None:
    world.telegram.user_says(ANNA, "Hello")
    await world.telegram.wait_for_message(ANNA)
    world.telegram.user_blocks(ANNA)
    await world.row(conversations, unreachable=True)
    world.telegram.user_unblocks(ANNA)
    await world.row(conversations, unreachable=False)


async def test_stickers_and_wishes_are_stored_as_what_they_are(world: World) -> None:
    world.telegram.user_sends_media(ANNA, "sticker")
    await world.row(messages, kind="sticker", text="")
    world.telegram.user_says(ANNA, "/human")
    await world.row(messages, kind="person", text="")
    world.telegram.user_sends_media(ANNA, "photo", caption="Is this broken?")
    await world.row(messages, kind="photo", text="Is this broken?")


async def test_nothing_is_confirmed_before_it_is_stored(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        async with running(fake, sqlite_database, settings_for(fake, tmp_path), answers=False) as world:
            fake.user_says(ANNA, "Kept")
            await world.row(messages)
        async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as world:
            await fake.wait_for_message(ANNA)
            await fake.wait_until(lambda: True if fake.pending_updates() == 0 else None)
            assert len(await world.rows(messages)) == 1
            assert len(await world.rows(outbound)) == 1


async def test_a_webhook_that_was_set_before_is_removed_and_what_waited_is_kept(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        fake.world.webhook.url = "http://127.0.0.1:9/webhook"
        fake.add_user(ANNA)
        fake.user_says(ANNA, "I wrote before you were there")
        async with running(fake, sqlite_database, settings_for(fake, tmp_path)):
            await fake.wait_for_message(ANNA)
        assert all(call.params.get("drop_pending_updates", "") in {"", "false"} for call in fake.calls("deleteWebhook"))


async def test_a_refused_token_is_told_by_the_readiness_check(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        fake.fail("deleteWebhook", status=401, times=100)
        async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as world:
            problem = await world.trouble()
            assert "TELEGRAM_BOT_TOKEN" in problem
            assert fake.token not in problem


async def test_a_telegram_that_does_not_answer_is_seen_and_keeps_nobody_from_the_web_chat(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        fake.fail("getUpdates", times=1000, status=502)
        async with served(fake, sqlite_database, settings_for(fake, tmp_path), RouteTiming()) as site:
            await site.until_problem("does not answer")
            assert [await check() for check in site.world.gateway.checks.values()] == [None]
            fake.heal()
            fake.user_says(ANNA, "Are you there again?")
            await site.until_problem("")


async def test_another_program_that_fetches_the_bots_updates_is_seen(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        fake.fail("getUpdates", times=1000, status=409, description="Conflict: terminated by other getUpdates request")
        async with served(fake, sqlite_database, settings_for(fake, tmp_path), RouteTiming()) as site:
            await site.until_problem("Another program")
