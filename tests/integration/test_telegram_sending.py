"""What becomes of replies when Telegram, the network or we ourselves fail."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update

from supportbot.common.database.clock import after
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.tables import bots, conversations, outbound
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ADMIN, ANNA, BORIS, World, running, settings_for

LABEL = translate("telegram.repeat_label", "en")


@pytest.fixture
async def fake() -> AsyncGenerator[FakeTelegram]:
    async with FakeTelegram() as made:
        yield made


@pytest.fixture
async def world(fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as made:
        yield made


async def test_replies_in_one_chat_keep_the_order_of_the_questions(world: World) -> None:
    for number in range(4):
        world.telegram.user_says(ANNA, f"Question {number}")
        await world.row(outbound, count=number + 1, chat=str(ANNA))
    sent = await world.telegram.wait_for_count(4, ANNA)
    assert [reply.text.split("\n")[0] for reply in sent] == [f"Echo: Question {number}" for number in range(4)]


async def test_the_limits_of_telegram_are_kept(world: World) -> None:
    world.telegram.enforce_limits()
    for number in range(3):
        world.telegram.user_says(ANNA, f"Question {number}")
        world.telegram.user_says(BORIS, f"Question {number}")
    await world.telegram.wait_for_count(1, ANNA)
    await world.row(outbound, status="sent")
    await world.telegram.wait_until(lambda: True if world.telegram.pending_updates() == 0 else None)
    assert "error 429" not in world.telegram.counts()["sendMessage"]


async def test_a_flood_limit_holds_up_one_chat_and_no_other(world: World) -> None:
    world.telegram.flood(2, chat=ANNA)
    world.telegram.user_says(ANNA, "Slow")
    refused = await world.telegram.wait_for_call("sendMessage")
    world.telegram.user_says(BORIS, "Quick")
    quick = await world.telegram.wait_for_message(BORIS)
    slow = await world.telegram.wait_for_message(ANNA)
    assert quick.at < slow.at
    assert (slow.at - refused.at).total_seconds() >= 2
    assert len(world.telegram.sent(ANNA)) == 1


@pytest.mark.parametrize(
    ("ending", "status", "accepted"),
    [("respond", 502, True), ("respond", 502, False), ("reset", 500, True), ("reset", 500, False)],
)
async def test_an_uncertain_reply_is_repeated_once_with_a_label_and_never_plainly(
    world: World, ending: str, status: int, accepted: bool
) -> None:
    world.telegram.fail("sendMessage", status=status, after_accept=accepted, ending=ending)  # type: ignore[arg-type]
    world.telegram.user_says(ANNA, "Did it arrive?")
    await world.row(outbound, status="uncertain")
    await world.patience_ends()
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(LABEL))
    await world.row(outbound, status="sent", repeat=1)
    texts = [sent.text for sent in world.telegram.sent(ANNA)]
    assert len([text for text in texts if not text.startswith(LABEL)]) == (1 if accepted else 0)
    assert len([text for text in texts if text.startswith(LABEL)]) == 1
    assert len(world.telegram.calls("sendMessage")) == 2
    assert world.alerts


async def test_later_replies_of_a_conversation_wait_until_an_uncertain_one_is_settled(world: World) -> None:
    world.telegram.fail("sendMessage", status=502)
    world.telegram.user_says(ANNA, "First")
    await world.row(outbound, status="uncertain")
    world.telegram.user_says(ANNA, "Second")
    await world.row(outbound, status="waiting")
    world.telegram.user_says(BORIS, "Meanwhile")
    await world.telegram.wait_for_message(BORIS)
    assert world.telegram.sent(ANNA) == []
    await world.patience_ends()
    sent = await world.telegram.wait_for_count(2, ANNA)
    assert [reply.text.startswith(LABEL) for reply in sent] == [True, False]


async def test_a_repeat_that_is_uncertain_itself_is_not_repeated(world: World) -> None:
    world.telegram.fail("sendMessage", chat=ANNA, status=502, times=2)
    world.telegram.user_says(ANNA, "Hello?")
    await world.row(outbound, status="uncertain", repeat=0)
    await world.patience_ends()
    await world.row(outbound, status="uncertain", repeat=1)
    await world.patience_ends()
    world.telegram.user_says(ANNA, "And now?")
    assert (await world.telegram.wait_for_message(ANNA)).text.startswith("Echo: And now?")
    assert len(world.telegram.calls("sendMessage", ANNA)) == 3


async def test_an_uncertain_reply_goes_to_an_operator_where_that_is_wished(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    settings = settings_for(fake, tmp_path, repeat_uncertain="operator")
    async with running(fake, sqlite_database, settings) as world:
        fake.fail("sendMessage", chat=ANNA, status=502)
        fake.user_says(ANNA, "Hello?")
        await world.row(outbound, status="uncertain")
        await world.patience_ends()
        notice = await fake.wait_for_message(ADMIN)
        assert "Hello?" in notice.text
        assert "Echo" not in notice.text
        assert fake.sent(ANNA) == []


async def test_a_reply_that_certainly_did_not_go_is_sent_again_plainly(
    sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with FakeTelegram() as fake:
        settings = settings_for(fake, tmp_path, telegram_api_base="http://127.0.0.1:9")
        port = int(fake.base_url.rpartition(":")[2])
    async with running(
        fake, sqlite_database, settings.model_copy(update={"telegram_api_base": fake.base_url})
    ) as world:
        await _ask(world, "Anybody there?")
        await world.row(outbound, status="waiting", attempts=1)
        async with FakeTelegram(port=port) as back:
            back.add_user(ANNA)
            reply = await back.wait_for_message(ANNA)
            assert reply.text.startswith("Echo: Anybody there?")
            assert len(back.sent(ANNA)) == 1


async def test_a_person_who_blocked_the_bot_is_marked_and_others_are_served(world: World) -> None:
    world.telegram.fail("sendMessage", chat=ANNA, status=403)
    world.telegram.user_says(ANNA, "Bye")
    await world.row(outbound, status="failed")
    await world.row(conversations, chat=str(ANNA), unreachable=True)
    world.telegram.user_says(BORIS, "Hello")
    await world.telegram.wait_for_message(BORIS)
    assert world.alerts == []


async def test_a_person_who_deleted_their_account_is_marked_and_others_are_served(world: World) -> None:
    world.telegram.hold_updates()
    world.telegram.user_says(ANNA, "The last thing that I ask")
    world.telegram.user_deletes_account(ANNA)
    world.telegram.release_updates()
    failed = await world.row(outbound, status="failed")
    assert "deactivated" in failed.error
    await world.row(conversations, chat=str(ANNA), unreachable=True)
    world.telegram.user_says(BORIS, "Hello")
    await world.telegram.wait_for_message(BORIS)
    assert world.alerts == []


async def test_a_group_that_became_a_supergroup_gets_the_reply_once_and_keeps_its_new_id(world: World) -> None:
    old, new = -4001, -1009001
    world.telegram.add_group(old, supergroup=False)
    world.telegram.user_says(old, "@fake_bot, a question of the group", user_id=ANNA)
    await world.telegram.wait_for_message(old)
    world.telegram.user_says(old, "@fake_bot, another one", user_id=ANNA)
    world.telegram.migrate(old, new)
    reply = await world.telegram.wait_for_message(new)
    assert reply.text.startswith("Echo: another one")
    assert len(world.telegram.sent(new)) == 1
    await world.row(conversations, chat=str(new))
    await world.row(outbound, chat=str(new), status="sent")


async def test_formatting_that_telegram_refuses_is_left_out(world: World) -> None:
    world.telegram.fail("sendMessage", status=400, description="Bad Request: can't parse entities: no such tag")
    world.telegram.user_says(ANNA, "**Bold** & <odd>")
    reply = await world.telegram.wait_for_message(ANNA)
    assert reply.text.startswith("Echo: Bold & <odd>")
    assert reply.entities == ()
    await world.row(outbound, status="sent")


async def test_a_refusal_that_will_never_change_is_final_and_raises_an_alert(world: World) -> None:
    world.telegram.fail("sendMessage", chat=ANNA, status=400, description="Bad Request: BUTTON_DATA_INVALID")
    world.telegram.user_says(ANNA, "Hello")
    failed = await world.row(outbound, status="failed")
    assert "BUTTON_DATA_INVALID" in failed.error
    world.telegram.user_says(ANNA, "Again")
    await world.telegram.wait_for_message(ANNA)
    assert world.alerts


async def test_a_revoked_token_stops_sending_and_readiness_says_why(world: World) -> None:
    world.telegram.fail("sendMessage", status=401, times=50)
    world.telegram.user_says(ANNA, "Hello")
    assert "TELEGRAM_BOT_TOKEN" in await world.trouble()
    world.telegram.user_says(BORIS, "Hello")
    await world.row(outbound, count=2, status="waiting")
    assert len(world.telegram.calls("sendMessage")) == 1


async def test_a_reply_that_a_dead_sender_left_on_its_way_is_repeated_with_a_label(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as world:
        fake.user_says(ANNA, "Before")
        await world.row(outbound, status="sent")

    async def die(tx: Transaction) -> None:
        await tx.execute(update(outbound).values(status="sending", token=uuid4()))
        await tx.execute(update(bots).values(sender=None, sender_until=after(-1)))

    await sqlite_database.write(die)
    async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as world:
        await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(LABEL))
        assert len(fake.sent(ANNA)) == 2
        assert world.alerts


async def test_a_long_reply_arrives_whole_in_several_messages_with_buttons_below_the_last(world: World) -> None:
    paragraphs = [f"Paragraph {number} " + "🙂 word" * 60 for number in range(40)]
    await _ask(world, "\n\n".join(paragraphs))
    expected = "Echo: " + "\n\n".join(paragraphs)
    sent = await world.telegram.wait_until(lambda: _whole(world.telegram, expected), timeout=30)
    assert len(sent) > 3
    assert [bool(message) for message in sent] == [False] * (len(sent) - 1) + [True]


async def test_stopping_finishes_what_is_on_its_way(
    fake: FakeTelegram, sqlite_database: SqliteDatabase, tmp_path: Path
) -> None:
    async with running(fake, sqlite_database, settings_for(fake, tmp_path)) as world:
        fake.slow("sendMessage", 0.5)
        fake.user_says(ANNA, "Slowly")
        await world.row(outbound, status="sending")
    (row,) = await world.rows(outbound)
    assert row.status == "sent"
    (bot,) = await world.rows(bots)
    assert bot.sender is None
    assert bot.poller is None


async def _ask(world: World, text: str) -> None:
    """Store a question without Telegram."""
    incoming = IncomingMessage("telegram", "123456789", str(ANNA), "test", str(uuid4()), "", text)
    await world.database.write(lambda tx: receive_message(tx, incoming))


def _whole(fake: FakeTelegram, expected: str) -> list[object] | None:
    sent = fake.sent(ANNA)
    together = "".join("".join(message.text.split()) for message in sent)
    wanted = "".join(expected.split())
    return [message.reply_markup for message in sent] if together.startswith(wanted) else None
