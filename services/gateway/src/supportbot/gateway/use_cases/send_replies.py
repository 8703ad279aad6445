"""Send what is waiting: the one active sender of a bot. See ARCHITECTURE.md, "Sending"."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.chat_pauses import chat_pauses_s
from supportbot.common.database.chats import Waiting, look_for_sendable, unsettled_uncertain
from supportbot.common.database.outbound import (
    Outgoing,
    begin_sending,
    inherit_unfinished,
    repeat_uncertain,
    split_reply,
)
from supportbot.common.database.staff import give_to_person
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.ids import BotId, uuid7
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import Offer
from supportbot.gateway.domain.delivery import NotSent
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.domain.messages import Letter, pieces_of
from supportbot.gateway.metrics import IN_FLIGHT, REPEATED
from supportbot.gateway.use_cases.deliver_reply import ReplyDelivery
from supportbot.gateway.use_cases.hold_sender import SenderLease
from supportbot.gateway.use_cases.record_outcomes import OutcomeRecorder, Record

LOOK_EVERY_S = 1.0
BATCH = 30
CANDIDATES = 300
MOST_IN_FLIGHT = 60
STOP_WITHIN_S = 20.0
_log = logger(__name__)


@dataclass(slots=True)
class _Chosen:
    """A row that the limits let go now, with the pieces that it takes."""

    row: Outgoing
    letter: Letter
    pieces: list[str]
    counted_at: float


class ReplySender:
    """Looks for replies, sends them, has the outcome recorded. Woken by events, and looking by itself."""

    def __init__(
        self,
        database: Database,
        bot: BotId,
        lease: SenderLease,
        delivery: ReplyDelivery,
        *,
        limits: SendingLimits,
        repeats: bool,
        offer: Offer = "person",
        staff_language: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._bot = bot
        self._lease = lease
        self._delivery = delivery
        self._limits = limits
        self._repeats = repeats
        self._offer: Offer = offer
        self._clock = clock
        self._recorder = OutcomeRecorder(database, bot, lease.token, self.wake, staff_language=staff_language)
        self._generation = 0
        self._requests: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._round = asyncio.Lock()
        self._stopping = False

    @property
    def recorder(self) -> OutcomeRecorder:
        """Stores outcomes; its `run` has to run beside ours."""
        return self._recorder

    def wake(self) -> None:
        """Something may have to be sent."""
        self._woken.set()

    async def run(self) -> None:
        """Send, until `stop`."""
        outage = Outage("Sending has to wait for the database", "Sending goes on", bot=self._bot)
        while not self._stopping:
            wait_s = self._lease.wait_s()
            if wait_s is None or wait_s > 0:
                await self._lease.wait_for_change(LOOK_EVERY_S if wait_s is None else min(wait_s, LOOK_EVERY_S))
                continue
            self._woken.clear()
            pause_s = LOOK_EVERY_S
            try:
                async with self._round:
                    pause_s = await self.send_due()
                outage.over()
            except DatabaseUnavailableError as error:
                outage.met(error)
                await asyncio.sleep(LOOK_EVERY_S)
            await self._rest(pause_s)

    async def stop(self) -> None:
        """Begin nothing more, finish what is on its way, and give the lease back."""
        self._stopping = True
        self.wake()
        async with asyncio.timeout(STOP_WITHIN_S):
            async with self._round:
                pass
            if self._requests:
                await asyncio.wait(self._requests)
            await self._recorder.flush()
            await self._lease.release()

    async def send_due(self) -> float:
        """Send what may go now. Returns the seconds after which there may be more."""
        if self._stopping:
            return LOOK_EVERY_S
        if self._generation != self._lease.generation:
            await self._succeed()
        waiting = await self._database.read(lambda connection: look_for_sendable(connection, self._bot, CANDIDATES))
        if waiting.uncertain_due:
            await self._settle()
            return 0.0
        chosen, wait_s = self._choose(waiting)
        if chosen:
            await self._begin(chosen)
        return wait_s

    def _choose(self, waiting: Waiting) -> tuple[list[_Chosen], float]:
        chosen: list[_Chosen] = []
        wait_s = max(0.0, self._delivery.paused_until_s - self._clock())
        if wait_s:
            return [], min(wait_s, LOOK_EVERY_S)
        wait_s = LOOK_EVERY_S
        free = min(BATCH, MOST_IN_FLIGHT - len(self._requests))
        for row in waiting.rows:
            if len(chosen) >= free:
                break  # a request that ends wakes us
            now = self._clock()
            chat = _chat_of(row)
            must_wait_s = self._limits.wait_s(chat, now)
            if must_wait_s > 0:
                wait_s = min(wait_s, must_wait_s)
                continue
            self._limits.count(chat, now)
            chosen.append(_chosen(row, now, self._offer))
        return chosen, wait_s

    async def _begin(self, chosen: Sequence[_Chosen]) -> None:
        async def work(tx: Transaction) -> set[str]:
            for one in chosen:
                if len(one.pieces) > 1:
                    await split_reply(tx, one.row.reply_key, one.pieces)
            return await begin_sending(tx, self._bot, self._lease.token, [one.row.reply_key for one in chosen])

        begun_at = self._clock()
        try:
            begun = await self._database.write(work)
        except DatabaseUnavailableError:
            for one in chosen:  # the commit may have happened; no request did
                self._recorder.add(Record(one.row, NotSent("the database did not confirm that it may be sent", 0.0)))
            raise
        now = self._clock()
        for one in chosen:
            if one.row.reply_key in begun:
                self._limits.begin(_chat_of(one.row), one.counted_at, now)
                self._start(one, begun_at, now)

    def _start(self, one: _Chosen, begun_at: float, counted_at: float) -> None:
        async def deliver() -> None:
            with IN_FLIGHT.track_inprogress():
                record = await self._delivery.deliver(one.row, one.letter, begun_at)
                self._limits.begin(_chat_of(one.row), counted_at, self._clock())
                self._recorder.add(record)

        task = asyncio.create_task(deliver(), name=f"send {one.row.reply_key}")
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    async def _succeed(self) -> None:
        """Look after what was left on its way by whoever sent before."""
        generation = self._lease.generation
        await self._recorder.flush()

        async def work(tx: Transaction) -> list[str]:
            await inherit_unfinished(tx, self._bot, self._lease.token)
            keys = await unsettled_uncertain(tx.connection, self._bot)
            if keys:
                text = f"After a restart it is not known whether {len(keys)} replies of bot {self._bot} arrived"
                await raise_alert(
                    tx, AlertRaised(correlation_id=uuid7(), kind="sending", severity="warning", text=text)
                )
            return keys

        keys = await self._database.write(work)
        await self._read_pauses()
        self._generation = generation
        if keys:
            _log.warning("Replies were left on their way", bot=self._bot, replies=len(keys))

    async def _read_pauses(self) -> None:
        """Leave those chats alone that Telegram asked whoever sent before to leave alone."""
        now = self._clock()
        for chat, seconds in (await self._database.read(partial(chat_pauses_s, bot=self._bot))).items():
            self._limits.pause(chat, now + seconds, now)

    async def _settle(self) -> None:
        """Repeat what has been uncertain long enough, or give it to a person."""

        async def work(tx: Transaction) -> list[str]:
            keys = await repeat_uncertain(tx, self._bot, repeat=self._repeats)
            if keys and not self._repeats:
                await give_to_person(tx, keys)
            return keys

        keys = await self._database.write(work)
        REPEATED.inc(len(keys))
        _log.warning("Uncertain replies were settled", bot=self._bot, replies=len(keys), repeated=self._repeats)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return


def _chosen(row: Outgoing, counted_at: float, offer: Offer) -> _Chosen:
    letter = _letter(row, row.body, is_last=not row.is_followed)
    pieces = pieces_of(letter)
    if len(pieces) > 1:
        letter = _letter(row, pieces[0], is_last=False)
    return _Chosen(row, replace(letter, offer=offer), pieces, counted_at)


def _letter(row: Outgoing, body: str, *, is_last: bool) -> Letter:
    answered = row.details.get("answers")
    replies_to = answered if isinstance(answered, int) and row.part == 0 else None
    return Letter(row.reply_key, row.author, row.author_name, body, row.details, row.is_repeat, is_last, replies_to)


def _chat_of(row: Outgoing) -> int:
    try:
        return Address.read(row.chat).chat_id
    except ValueError:
        return 0
