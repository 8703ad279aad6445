"""The sender against a Telegram that does what the test says, by a clock that the test holds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.leases import SENDER_LEASE_S, acquire_sender
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S, START_WITHIN_S, inherit_unfinished, sendable
from supportbot.common.database.schema.tables import bots, outbound
from supportbot.common.database.sweep import reset_far_future
from supportbot.common.database.transactions import (
    AfterCommit,
    Database,
    DatabaseUnavailableError,
    Lane,
    Transaction,
)
from supportbot.common.database.turns import Outcome as TurnOutcome
from supportbot.common.database.turns import claim_turn, finish_turn
from supportbot.common.ids import BotId
from supportbot.gateway.domain.acts import Act, TelegramMessage
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import (
    Failed,
    Moved,
    NotSent,
    Outcome,
    Sent,
    Unauthorised,
    Uncertain,
    Unparsable,
)
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.ports import Messenger
from supportbot.gateway.use_cases.deliver_reply import ReplyDelivery
from supportbot.gateway.use_cases.hold_sender import SUCCESSION_S, SenderLease
from supportbot.gateway.use_cases.record_outcomes import Record
from supportbot.gateway.use_cases.send_replies import ReplySender
from tests.protocol.moments import let_time_pass

T = TypeVar("T")
BOT = BotId("123")
LEASE_IS_GOOD_FOR_S = SENDER_LEASE_S - REQUEST_TIMEOUT_S


class HeldClock:
    """Monotonic seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ScriptedMessenger(Messenger):
    """Answers each request with the next outcome of the script, and with success after its end."""

    def __init__(self) -> None:
        self.script: list[Outcome | Exception] = []
        self.requests: list[tuple[str, str]] = []
        self.hold: asyncio.Event | None = None

    async def send(self, address: Address, act: Act, *, formatted: bool) -> Outcome:
        assert isinstance(act, TelegramMessage)
        self.requests.append((str(address), act.html if formatted else f"plain: {act.plain}"))
        if self.hold is not None:
            await self.hold.wait()
        outcome = self.script.pop(0) if self.script else Sent(len(self.requests))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def follow_up(self, followup: FollowUp) -> None:
        raise NotImplementedError

    async def show_typing(self, address: Address) -> None:
        raise NotImplementedError


class UnsureDatabase(Database):
    """Commits, and loses the answer to chosen commits."""

    dialect = "sqlite"

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.lost_answers = 0
        self.delay: Callable[[], None] = lambda: None

    def after_commit(self, publish: AfterCommit) -> None:
        self._inner.after_commit(publish)

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        result = await self._inner.write(work, lane=lane)
        self.delay()
        if self.lost_answers:
            self.lost_answers -= 1
            raise DatabaseUnavailableError("The answer to the commit was lost")
        return result

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        return await self._inner.read(work)

    def refusal(self) -> str | None:
        return self._inner.refusal()

    def pool_status(self) -> dict[str, int]:
        return self._inner.pool_status()

    async def close(self) -> None:
        await self._inner.close()


class Bench:
    """A sender with everything that it stands on."""

    def __init__(self, database: Database) -> None:
        self.database = UnsureDatabase(database)
        self.clock = HeldClock()
        self.messenger = ScriptedMessenger()
        self.lease = SenderLease(self.database, BOT, self.clock)
        limits = SendingLimits()
        self.delivery = ReplyDelivery(self.messenger, self.lease, limits, self.clock)
        self.sender = ReplySender(
            self.database, BOT, self.lease, self.delivery, limits=limits, repeats=True, clock=self.clock
        )

    async def round(self) -> None:
        """One look, with everything that it begins, and its outcome stored."""
        self.clock.now += 1.1
        await self.lease.renew()
        await self.sender.send_due()
        if self.sender._requests:
            await asyncio.wait(self.sender._requests)
        await self.sender.recorder.flush()

    async def reply(self, chat: str, text: str) -> None:
        incoming = IncomingMessage("telegram", BOT, chat, BOT, str(uuid4()), "", text)
        await self.database.write(lambda tx: receive_message(tx, incoming))
        turn = await self.database.write(claim_turn)
        assert turn is not None
        outcome = TurnOutcome("", "reply", "small_talk", "", text, 1.0, "en")
        await self.database.write(lambda tx: finish_turn(tx, turn, outcome))

    async def rows(self) -> Sequence[Row[Any]]:
        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(select(outbound).order_by(outbound.c.reply_key))).all()

        return await self.database.read(work)

    async def statuses(self) -> list[str]:
        return [row.status for row in await self.rows()]


@pytest.fixture
def bench(sqlite_database: SqliteDatabase) -> Bench:
    return Bench(sqlite_database)


async def test_a_reply_is_sent_and_recorded(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.round()
    assert bench.messenger.requests == [("5", "Hello")]
    (row,) = await bench.rows()
    assert (row.status, row.external_id, row.attempts) == ("sent", 1, 1)


async def test_without_the_lease_nothing_is_sent(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.database.write(lambda tx: acquire_sender(tx, BOT, uuid4()))
    await bench.lease.renew()
    assert bench.lease.wait_s() is None
    await bench.sender.send_due()
    assert bench.messenger.requests == []
    assert await bench.statuses() == ["waiting"]


async def test_what_the_database_does_not_let_us_mark_is_not_sent(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.round()
    await bench.reply("6", "Hello")
    await bench.database.write(lambda tx: tx.execute(update(bots).values(sender=uuid4())))
    assert bench.lease.wait_s() == 0, "we do not know of it yet"
    await bench.sender.send_due()
    assert not bench.sender._requests
    assert [chat for chat, _ in bench.messenger.requests] == ["5"]


async def test_one_chat_gets_one_message_a_second(bench: Bench) -> None:
    await bench.reply("-5", "Hello")
    await bench.reply("-5/7", "Hello in another topic")
    await bench.lease.renew()
    for _ in range(3):
        await bench.sender.send_due()
    await asyncio.wait(bench.sender._requests)
    await bench.sender.recorder.flush()
    assert len(bench.messenger.requests) == 1
    await bench.round()
    assert len(bench.messenger.requests) == 2


async def test_a_lease_lasts_from_when_it_was_asked_for_not_from_when_the_answer_came(bench: Bench) -> None:
    def six_seconds() -> None:
        bench.clock.now += 6

    bench.database.delay = six_seconds
    await bench.lease.renew()
    bench.clock.now += LEASE_IS_GOOD_FOR_S - 6 - 0.1
    assert bench.lease.wait_s() == 0
    bench.clock.now += 0.2
    assert bench.lease.wait_s() is None


async def test_a_lease_that_somebody_else_has_taken_ends_at_once(bench: Bench) -> None:
    await bench.lease.renew()
    assert bench.lease.wait_s() == 0
    await bench.database.write(lambda tx: tx.execute(update(bots).values(sender=uuid4(), sender_until=after(30))))
    assert await bench.lease.renew()
    assert bench.lease.wait_s() is None


async def test_a_lease_that_was_not_renewed_in_time_allows_no_request(bench: Bench) -> None:
    await bench.lease.renew()
    bench.clock.now += LEASE_IS_GOOD_FOR_S - 0.1
    assert bench.lease.wait_s() == 0
    bench.clock.now += 0.2
    assert bench.lease.wait_s() is None
    await bench.reply("5", "Late")
    await bench.sender.send_due()
    await asyncio.wait(bench.sender._requests)
    await bench.sender.recorder.flush()
    assert bench.messenger.requests == []
    assert await bench.statuses() == ["waiting"]
    await bench.round()
    assert await bench.statuses() == ["sent"]


async def test_a_request_that_could_not_begin_soon_after_it_was_marked_does_not_begin(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.lease.renew()
    await bench.sender.send_due()
    bench.clock.now += START_WITHIN_S + 0.1  # the process hung, and its lease still has time left
    assert bench.lease.wait_s() == 0
    await asyncio.wait(bench.sender._requests)
    await bench.sender.recorder.flush()
    assert bench.messenger.requests == []
    await bench.round()
    assert [text for _, text in bench.messenger.requests] == ["Hello"]


async def test_the_follower_of_a_vanished_sender_waits_and_declares_what_it_left_uncertain(bench: Bench) -> None:
    await bench.reply("5", "Left")
    vanished = uuid4()

    async def vanish(tx: Transaction) -> None:
        await acquire_sender(tx, BOT, vanished)
        await tx.execute(update(outbound).values(status="sending", token=vanished))
        await tx.execute(update(bots).values(sender_until=after(-1)))

    await bench.database.write(vanish)
    await bench.lease.renew()
    wait_s = bench.lease.wait_s()
    assert wait_s == SUCCESSION_S
    bench.clock.now += wait_s
    await bench.lease.renew()
    assert bench.lease.wait_s() == 0
    await bench.sender.send_due()
    assert await bench.statuses() == ["uncertain", "waiting"]
    assert "stopped before it knew" in (await bench.rows())[0].error
    assert bench.messenger.requests == []
    await bench.round()
    ((_, text),) = bench.messenger.requests
    assert text.startswith("<b>In case my answer did not reach you:</b>")


async def test_a_sender_that_gave_its_lease_back_leaves_nothing_to_wait_for(bench: Bench) -> None:
    other = SenderLease(bench.database, BOT, bench.clock)
    await other.renew()
    await other.release()
    await bench.lease.renew()
    assert bench.lease.wait_s() == 0


async def test_the_lease_given_back_while_waiting_leaves_the_waiting_to_the_next_sender(bench: Bench) -> None:
    async def vanish(tx: Transaction) -> None:
        await acquire_sender(tx, BOT, uuid4())
        await tx.execute(update(bots).values(sender_until=after(-1)))

    await bench.database.write(vanish)
    other = SenderLease(bench.database, BOT, bench.clock)
    await other.renew()
    bench.clock.now += SUCCESSION_S - 1
    await other.release()
    await bench.lease.renew()
    assert bench.lease.wait_s() == SUCCESSION_S
    bench.clock.now += SUCCESSION_S
    await bench.lease.release()
    third = SenderLease(bench.database, BOT, bench.clock)
    await third.renew()
    assert third.wait_s() == 0


async def test_a_lost_answer_to_the_commit_before_sending_leads_to_one_plain_send(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.lease.renew()
    await bench.sender.send_due()  # as the new sender, it looks after its predecessor first
    await asyncio.wait(bench.sender._requests)
    await bench.sender.recorder.flush()
    await bench.reply("6", "Again")
    bench.database.lost_answers = 1
    with pytest.raises(DatabaseUnavailableError):
        await bench.sender.send_due()
    await bench.sender.recorder.flush()
    assert [chat for chat, _ in bench.messenger.requests] == ["5"]
    await bench.round()
    assert [chat for chat, _ in bench.messenger.requests] == ["5", "6"]
    assert await bench.statuses() == ["sent", "sent"]


async def test_an_outcome_is_stored_even_if_the_database_is_away_for_a_while(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.lease.renew()
    bench.messenger.hold = asyncio.Event()
    await bench.sender.send_due()
    bench.database.lost_answers = 2
    bench.messenger.hold.set()
    await asyncio.wait(bench.sender._requests)
    await bench.sender.recorder.flush()
    assert await bench.statuses() == ["sent"]
    assert len(bench.messenger.requests) == 1


async def test_an_outcome_that_cannot_be_stored_as_it_is_holds_up_no_other(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.reply("6", "Hello")
    bench.messenger.script = [Failed("\ud800 is no text"), Sent(7)]
    await bench.round()
    failed, sent = sorted(await bench.rows(), key=lambda row: str(row.status))
    assert (failed.status, sent.status) == ("failed", "sent")
    assert failed.error == "the rest of it could not be stored (UnicodeEncodeError)"


async def test_an_outcome_that_cannot_be_stored_at_all_holds_up_no_other(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.lease.renew()
    waiting = await bench.database.read(lambda connection: sendable(connection, BOT, 1))
    nameless = replace(waiting[0], reply_key="no conversation's")
    bench.sender.recorder.add(Record(nameless, Uncertain("its alert cannot be made")))
    await bench.round()
    assert await bench.statuses() == ["sent"]
    await bench.sender.recorder.flush()  # and nothing keeps a stop waiting


async def test_a_late_success_cancels_the_repeat_that_waits(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.lease.renew()
    bench.messenger.hold = asyncio.Event()
    await bench.sender.send_due()

    async def another_had_taken_over(tx: Transaction) -> None:
        other = uuid4()
        await tx.execute(update(bots).values(sender=other))
        await inherit_unfinished(tx, BOT, other)
        await tx.execute(update(bots).values(sender=bench.lease.token))

    await bench.database.write(another_had_taken_over)
    await bench.sender.send_due()  # queues the labelled repeat
    assert await bench.statuses() == ["uncertain", "waiting"]
    bench.messenger.hold.set()
    await asyncio.wait(bench.sender._requests)
    await bench.sender.recorder.flush()
    assert await bench.statuses() == ["sent", "cancelled"]


async def test_a_flood_limit_is_obeyed_by_our_own_clock_whatever_the_database_says(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    bench.messenger.script = [NotSent("Too Many Requests", 35.0, 35.0)]
    await bench.round()
    await bench.database.write(lambda tx: tx.execute(update(outbound).values(not_before=after(-1))))
    for _ in range(30):
        await bench.round()
    assert len(bench.messenger.requests) == 1
    for _ in range(5):
        await bench.round()
    assert len(bench.messenger.requests) == 2


async def test_a_flood_limit_outlives_the_sender_that_met_it(bench: Bench) -> None:
    await bench.reply("-5", "Hello")
    await bench.reply("6", "Hello")
    bench.messenger.script = [NotSent("Too Many Requests", 90.0, 90.0), Sent(1)]
    await bench.round()
    await bench.sender.stop()
    await bench.reply("-5/7", "Another topic of the same group")
    follower = Bench(bench.database)
    await _let_time_pass(bench, 60)
    for _ in range(26):
        await follower.round()
    assert follower.messenger.requests == []
    await _let_time_pass(bench, 31)
    for _ in range(5):
        await follower.round()
    assert [chat for chat, _ in follower.messenger.requests] == ["-5", "-5/7"]


async def test_a_flood_limit_ends_even_if_the_clock_was_set_back(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    bench.messenger.script = [NotSent("Too Many Requests", 35.0, 35.0)]
    await bench.round()
    await bench.sender.stop()
    await _let_time_pass(bench, -3600)
    follower = Bench(bench.database)
    for _ in range(34):
        await follower.round()
    assert len(follower.messenger.requests) == 1


async def _let_time_pass(bench: Bench, seconds: float) -> None:
    await let_time_pass(bench.database, seconds)
    await bench.database.write(reset_far_future)


async def test_an_error_that_nobody_foresaw_is_uncertain(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    bench.messenger.script = [RuntimeError("a surprise")]
    await bench.round()
    assert await bench.statuses() == ["uncertain"]


async def test_a_moved_chat_is_followed_once(bench: Bench) -> None:
    await bench.reply("-5", "Hello")
    bench.messenger.script = [Moved(-1005)]
    await bench.round()
    assert [chat for chat, _ in bench.messenger.requests] == ["-5", "-1005"]
    (row,) = await bench.rows()
    assert (row.status, row.chat) == ("sent", "-1005")


async def test_a_chat_that_moves_in_circles_is_given_up(bench: Bench) -> None:
    await bench.reply("-5", "Hello")
    bench.messenger.script = [Moved(-1005), Moved(-5)]
    await bench.round()
    assert await bench.statuses() == ["failed"]
    assert len(bench.messenger.requests) == 2


async def test_formatting_that_is_refused_is_left_out_once(bench: Bench) -> None:
    await bench.reply("5", "**Hello**")
    bench.messenger.script = [Unparsable("can't parse entities"), Unparsable("can't parse entities")]
    await bench.round()
    assert [text for _, text in bench.messenger.requests] == ["<b>Hello</b>", "plain: Hello"]
    assert await bench.statuses() == ["failed"]


async def test_a_plain_text_of_which_nobody_knows_is_uncertain_too(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    bench.messenger.script = [Unparsable("can't parse entities"), Uncertain("502")]
    await bench.round()
    assert await bench.statuses() == ["uncertain"]


async def test_a_refused_token_is_asked_about_once_a_minute(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.reply("6", "Hello")
    bench.messenger.script = [Unauthorised("Unauthorized")] * 2
    await bench.round()
    assert bench.delivery.problem is not None
    asked = len(bench.messenger.requests)
    await bench.database.write(lambda tx: tx.execute(update(outbound).values(not_before=after(-1))))
    for _ in range(20):
        await bench.round()
    assert len(bench.messenger.requests) == asked
    for _ in range(40):
        await bench.round()
    assert await bench.statuses() == ["sent", "sent"]
    assert bench.delivery.problem is None


async def test_a_reply_with_an_address_that_is_none_fails_and_holds_nobody_up(bench: Bench) -> None:
    await bench.reply("nowhere", "Hello")
    await bench.reply("6", "Hello")
    await bench.round()
    assert [chat for chat, _ in bench.messenger.requests] == ["6"]
    assert sorted(await bench.statuses()) == ["failed", "sent"]


async def test_stopping_waits_for_requests_and_begins_none(bench: Bench) -> None:
    await bench.reply("5", "Hello")
    await bench.lease.renew()
    bench.messenger.hold = asyncio.Event()
    await bench.sender.send_due()
    await bench.reply("6", "Too late")
    stopping = asyncio.create_task(bench.sender.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    bench.messenger.hold.set()
    await stopping
    assert await bench.statuses() == ["sent", "waiting"]
    assert bench.lease.wait_s() is None
