"""Deliver one reply: one request, and a second one only where the first certainly had no effect."""

import time
from collections.abc import Awaitable, Callable

from supportbot.common.database.outbound import START_WITHIN_S, Outgoing
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.tracing import span
from supportbot.gateway.domain.acts import Act
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import (
    Failed,
    Moved,
    NotSent,
    Outcome,
    Settled,
    Unauthorised,
    Uncertain,
    Unparsable,
)
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.domain.messages import Letter, act_of
from supportbot.gateway.metrics import SEND_SECONDS
from supportbot.gateway.ports import Messenger
from supportbot.gateway.use_cases.hold_sender import SenderLease
from supportbot.gateway.use_cases.record_outcomes import Record

TOKEN_PAUSE_S = 60.0
_log = logger(__name__)


async def _nothing_in_the_way(_chat: str) -> None:
    """Nothing has to go before a reply."""


class ReplyDelivery:
    """Delivers replies of one bot while its lease allows it."""

    def __init__(
        self,
        messenger: Messenger,
        lease: SenderLease,
        limits: SendingLimits,
        clock: Callable[[], float] = time.monotonic,
        make_way: Callable[[str], Awaitable[None]] = _nothing_in_the_way,
    ) -> None:
        self.problem: str | None = None
        """Why nothing can be sent at all."""
        self.paused_until_s = float("-inf")
        self._messenger = messenger
        self._lease = lease
        self._limits = limits
        self._clock = clock
        self._make_way = make_way

    async def deliver(self, row: Outgoing, letter: Letter, begun_at: float) -> Record:
        """Send a reply that was marked as `sending` after `begun_at` by our clock, and say what became of it."""
        about = {} if row.conversation_id is None else {"conversation_id": str(row.conversation_id)}
        key, attempt = row.reply_key, row.attempts + 1
        with span(
            "telegram.send", parent=row.traceparent, lane=row.lane, reply_key=key, attempt=attempt, **about
        ) as current:
            try:
                address = Address.read(row.chat)
                act = act_of(letter)
            except Exception as error:  # nothing went out yet, and trying again would not help
                _log.exception("A reply cannot be given its form", reply_key=row.reply_key)
                return Record(row, Failed(f"it cannot be given its form ({type(error).__name__})"))
            await self._clear(row)
            record = await self._deliver(row, address, act, begun_at + START_WITHIN_S)
            outcome = type(record.outcome).__name__.lower()
            current.set_attribute("outcome", outcome)
            _log.debug("A reply was to be sent", **about, reply_key=key, attempt=attempt, outcome=outcome)
            return record

    async def _clear(self, row: Outgoing) -> None:
        """Have nothing come after the reply that belongs before it; whatever that is, it is worth less than a reply."""
        try:
            await self._make_way(row.chat)
        except Exception:
            _log.exception("What should have made way for a reply did not", reply_key=row.reply_key)

    async def _deliver(self, row: Outgoing, address: Address, act: Act, until: float) -> Record:
        outcome = await self._request(address, act, until, formatted=True)
        moved_to = None
        if isinstance(outcome, Moved):
            address = Address(outcome.chat_id, address.topic)
            moved_to = str(address)
            outcome = await self._request(address, act, until, formatted=True)
        if isinstance(outcome, Unparsable):
            _log.error("Telegram does not understand our formatting", reply_key=row.reply_key, error=outcome.error)
            outcome = await self._request(address, act, until, formatted=False)
        return Record(row, self._settled(address, outcome), moved_to)

    async def _request(self, address: Address, act: Act, until: float, *, formatted: bool) -> Outcome:
        if self._lease.wait_s() != 0:
            return NotSent("this process may not send for the bot any more", 0.0)
        if self._clock() > until:
            return NotSent("it is too late to begin", 0.0)
        try:
            with SEND_SECONDS.time():
                return await self._messenger.send(address, act, formatted=formatted)
        except Exception as error:  # whatever it is, the request may have gone out
            _log.exception("Sending failed in a way that is not foreseen")
            return Uncertain(type(error).__name__)

    def _settled(self, address: Address, outcome: Outcome) -> Settled:
        now = self._clock()
        match outcome:
            case Unauthorised(error=error):
                self.problem = f"Telegram refuses the bot's token ({error}); set TELEGRAM_BOT_TOKEN and restart"
                self.paused_until_s = now + TOKEN_PAUSE_S
                _log.error("Telegram refuses the bot's token; nothing is sent", error=error)
                return NotSent(error, TOKEN_PAUSE_S)
            case Moved() | Unparsable():
                return Failed(f"it was refused twice ({type(outcome).__name__.lower()})")
            case NotSent(pause_s=pause_s) if pause_s > 0:
                self._limits.pause(address.chat_id, now + pause_s + 0.1, now)
                return outcome
            case _:
                self.problem = None
                return outcome
