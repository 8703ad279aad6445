"""What the Telegram side asks of the database, on each kind of it."""

from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from supportbot.common.database.chats import (
    has_text,
    look_for_sendable,
    move_chat,
    set_reachable,
    unsettled_uncertain,
)
from supportbot.common.database.clock import after
from supportbot.common.database.conversations import take_over
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.leases import acquire_poller, acquire_sender, release_poller, succeed_sender
from supportbot.common.database.outbound import Reply as QueuedReply
from supportbot.common.database.outbound import (
    begin_sending,
    queue_staff_notice,
    record_failed,
    record_uncertain,
    split_reply,
)
from supportbot.common.database.schema.tables import bots, conversations, escalations, outbound
from supportbot.common.database.staff import (
    give_to_person,
    mark_told,
    reply_by_key,
    reply_by_message,
    untold_escalations,
)
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Outcome, claim_turn, finish_turn
from supportbot.common.ids import BotId, ConversationId

BOT = BotId("123")


async def answered(database: Database, chat: str = "5", decision: str = "answer") -> str:
    """A reply that waits; returns its key."""
    incoming = IncomingMessage("telegram", BOT, chat, BOT, str(uuid4()), "", "Hello", external_id=9, user_name="Anna")
    await database.write(lambda tx: receive_message(tx, incoming))
    turn = await database.write(claim_turn)
    assert turn is not None
    outcome = Outcome("Hello", decision, "low_confidence", "", "A reply", 0.5, "en")
    return await database.write(lambda tx: finish_turn(tx, turn, outcome))


async def values(database: Database, statement: Any) -> list[Any]:
    async def work(connection: Any) -> list[Any]:
        return list((await connection.execute(statement)).scalars())

    return await database.read(work)


async def statuses(database: Database) -> list[str]:
    return await values(database, select(outbound.c.status).order_by(outbound.c.out_seq, outbound.c.part))


async def test_one_replica_polls_until_it_gives_up_or_its_lease_ends(database: Database) -> None:
    one, two = uuid4(), uuid4()
    assert await database.write(lambda tx: acquire_poller(tx, BOT, one))
    assert await database.write(lambda tx: acquire_poller(tx, BOT, one))
    assert not await database.write(lambda tx: acquire_poller(tx, BOT, two))
    await database.write(lambda tx: release_poller(tx, BOT, one))
    assert await database.write(lambda tx: acquire_poller(tx, BOT, two))
    await database.write(lambda tx: tx.execute(update(bots).values(poller_until=after(-1))))
    assert await database.write(lambda tx: acquire_poller(tx, BOT, one))


async def test_a_sender_learns_whom_it_follows_only_where_that_one_vanished(database: Database) -> None:
    one, two = uuid4(), uuid4()
    assert await database.write(lambda tx: succeed_sender(tx, BOT, one)) == (True, None)
    assert await database.write(lambda tx: succeed_sender(tx, BOT, one)) == (True, None)
    assert await database.write(lambda tx: succeed_sender(tx, BOT, two)) == (False, None)
    await database.write(lambda tx: tx.execute(update(bots).values(sender_until=after(-1))))
    assert await database.write(lambda tx: succeed_sender(tx, BOT, two)) == (True, one)
    assert await database.write(lambda tx: succeed_sender(tx, BOT, two)) == (True, None)


async def test_a_sender_sees_what_waits_and_which_replies_have_further_parts(database: Database) -> None:
    key, other = await answered(database), await answered(database, "6")
    await database.write(lambda tx: split_reply(tx, key, ["one", "two"]))
    waiting = await database.read(lambda connection: look_for_sendable(connection, BOT, 10))
    assert {row.reply_key for row in waiting.rows} == {key, other}
    assert {row.reply_key for row in waiting.rows if row.is_followed} == {key}
    assert not waiting.uncertain_due


async def test_an_uncertain_reply_is_due_after_its_time(database: Database) -> None:
    key, token = await answered(database), uuid4()
    await database.write(lambda tx: succeed_sender(tx, BOT, token))
    await database.write(lambda tx: begin_sending(tx, BOT, token, [key]))
    await database.write(lambda tx: record_uncertain(tx, key, token, error="502"))
    assert await database.read(lambda connection: unsettled_uncertain(connection, BOT)) == [key]
    assert not (await database.read(lambda connection: look_for_sendable(connection, BOT, 10))).uncertain_due
    await database.write(lambda tx: tx.execute(update(outbound).values(resolve_at=after(-1))))
    assert (await database.read(lambda connection: look_for_sendable(connection, BOT, 10))).uncertain_due


async def test_taking_over_cancels_a_split_reply_as_a_whole(database: Database) -> None:
    key = await answered(database)
    await database.write(lambda tx: split_reply(tx, key, ["one", "two", "three"]))
    (conversation_id,) = await values(database, select(conversations.c.id))
    await database.write(lambda tx: take_over(tx, ConversationId(conversation_id)))
    assert await statuses(database) == ["cancelled"] * 3


async def test_the_rest_of_a_reply_that_can_never_go_is_cancelled(database: Database) -> None:
    key = await answered(database)
    await answered(database, "6")
    await database.write(lambda tx: split_reply(tx, key, ["one", "two", "three"]))
    sender = uuid4()
    assert await database.write(lambda tx: acquire_sender(tx, BOT, sender))
    await database.write(lambda tx: begin_sending(tx, BOT, sender, [key]))
    await database.write(lambda tx: record_failed(tx, key, uuid4(), error="not theirs to say", unreachable=False))
    assert sorted(await statuses(database)) == ["sending", "waiting", "waiting", "waiting"]
    await database.write(lambda tx: record_failed(tx, key, sender, error="refused", unreachable=False))
    assert sorted(await statuses(database)) == ["cancelled", "cancelled", "failed", "waiting"]


async def test_a_moved_chat_takes_its_conversation_and_its_replies_along(database: Database) -> None:
    await answered(database, "-5")
    await answered(database, "6")
    await database.write(lambda tx: move_chat(tx, BOT, old="-5", new="-1005"))
    assert set(await values(database, select(conversations.c.chat))) == {"-1005", "6"}
    assert set(await values(database, select(outbound.c.chat))) == {"-1005", "6"}


async def test_a_chat_that_moved_to_a_known_one_leaves_both_conversations(database: Database) -> None:
    await answered(database, "-5")
    await answered(database, "-1005")
    await database.write(lambda tx: move_chat(tx, BOT, old="-5", new="-1005"))
    assert set(await values(database, select(conversations.c.chat))) == {"-5", "-1005"}
    assert set(await values(database, select(outbound.c.chat))) == {"-1005"}


async def test_reachability_belongs_to_one_chat(database: Database) -> None:
    await answered(database)
    await answered(database, "6")
    await database.write(lambda tx: set_reachable(tx, BOT, "5", reachable=False))
    gone = select(conversations.c.chat).where(conversations.c.unreachable)
    assert await values(database, gone) == ["5"]


async def test_an_edit_that_changes_nothing_is_known(database: Database) -> None:
    await answered(database)
    assert await database.read(lambda connection: has_text(connection, BOT, "5", 9, "Hello"))
    assert not await database.read(lambda connection: has_text(connection, BOT, "5", 9, "Other"))
    assert not await database.read(lambda connection: has_text(connection, BOT, "6", 9, "Hello"))


async def test_an_escalation_is_told_once_with_what_helps_to_answer_it(database: Database) -> None:
    await answered(database, decision="escalate")
    (escalation,) = await database.read(lambda connection: untold_escalations(connection, 10))
    assert (escalation.user_name, escalation.question, escalation.confidence) == ("Anna", "Hello", 0.5)
    assert await database.write(lambda tx: mark_told(tx, escalation.id))
    assert not await database.write(lambda tx: mark_told(tx, escalation.id))
    assert await database.read(lambda connection: untold_escalations(connection, 10)) == []


async def test_old_escalations_are_no_news(database: Database) -> None:
    await answered(database, decision="escalate")
    await database.write(lambda tx: tx.execute(update(escalations).values(created_at=after(-25 * 3600))))
    assert await database.read(lambda connection: untold_escalations(connection, 10)) == []


async def test_a_notice_is_queued_once_and_found_by_the_message_that_it_became(database: Database) -> None:
    await answered(database, decision="escalate")
    (escalation,) = await database.read(lambda connection: untold_escalations(connection, 10))
    notice = QueuedReply("Somebody asks", "staff_notice", turn_to=escalation.turn_to)
    for _ in range(2):
        await database.write(
            lambda tx: queue_staff_notice(
                tx, key="staff:1", conversation_id=escalation.conversation_id, bot=BOT, chat="77", reply=notice
            )
        )
    sent = update(outbound).where(outbound.c.reply_key == "staff:1").values(external_id=41)
    await database.write(lambda tx: tx.execute(sent))
    found = await database.read(lambda connection: reply_by_message(connection, bot=BOT, chat="77", external_id=41))
    assert found is not None
    assert (found.conversation_id, found.author, found.turn_to) == (escalation.conversation_id, "staff_notice", 1)
    assert await database.read(lambda c: reply_by_message(c, bot=BOT, chat="78", external_id=41)) is None


async def test_a_reply_is_found_by_key_in_its_own_chat_alone(database: Database) -> None:
    key = await answered(database)
    assert await database.read(lambda c: reply_by_key(c, bot=BOT, chat="5", reply_key=key)) is not None
    assert await database.read(lambda c: reply_by_key(c, bot=BOT, chat="6", reply_key=key)) is None


async def test_an_uncertain_reply_can_be_given_to_a_person(database: Database) -> None:
    key = await answered(database)
    await database.write(lambda tx: give_to_person(tx, [key]))
    (escalation,) = await database.read(lambda connection: untold_escalations(connection, 10))
    assert (escalation.reason, escalation.question, escalation.turn_to) == ("delivery_uncertain", "Hello", 1)
