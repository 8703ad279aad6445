"""Write down what became of requests to send: several in one transaction, and never forgotten while we live."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.chat_pauses import pause_chat
from supportbot.common.database.chats import move_chat
from supportbot.common.database.lost_topics import make_way
from supportbot.common.database.outbound import (
    FAREWELL,
    Outgoing,
    record_failed,
    record_not_sent,
    record_sent,
    record_uncertain,
)
from supportbot.common.database.staff_places import note_arrival
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import REPLIES_SENT
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import Failed, NoTopic, NotSent, Sent, Settled, Uncertain
from supportbot.gateway.metrics import UNCERTAIN
from supportbot.gateway.use_cases.tell_not_delivered import tell_not_delivered

MOST_BACK_OFF_S = 20.0
REFUSED_AGAIN_S = 20.0
MOST_TOGETHER = 100
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one row; `moved_to` where its chat has another address now."""

    row: Outgoing
    outcome: Settled
    moved_to: str | None = None


class OutcomeRecorder:
    """Collects outcomes while a transaction runs and stores them with the next one."""

    def __init__(
        self, database: Database, bot: BotId, token: UUID, stored: Callable[[], None], *, staff_language: str = ""
    ) -> None:
        self._database = database
        self._bot = bot
        self._token = token
        self._stored = stored
        self._staff_language = staff_language
        self._records: list[Record] = []
        self._added = asyncio.Event()
        self._writing = asyncio.Lock()

    def add(self, record: Record) -> None:
        """Have an outcome stored."""
        self._put(record)
        REPLIES_SENT.labels("telegram", type(record.outcome).__name__.lower()).inc()

    def _put(self, record: Record) -> None:
        self._records.append(record)
        self._added.set()

    async def run(self) -> None:
        """Store outcomes as they come, for ever."""
        while True:
            await self._added.wait()
            self._added.clear()
            await self.flush()

    async def flush(self) -> None:
        """Return when everything that was added is stored; a database that is away is waited for.

        What the database refuses keeps nobody else from being stored: it is tried alone, then without details, then
        again later.
        """
        async with self._writing:
            delay_s, together = 0.2, MOST_TOGETHER
            while self._records:
                records = self._records[:together]
                try:
                    await self._database.write(lambda tx, now=records: self._store(tx, now))  # type: ignore[misc]
                except DatabaseUnavailableError as error:
                    _log.warning("Outcomes of sending wait for the database", waiting=len(records), error=str(error))
                    await asyncio.sleep(delay_s * random.uniform(0.8, 1.2))  # noqa: S311  # no secret
                    delay_s = min(delay_s * 2, 5.0)
                    continue
                except Exception as error:
                    if len(records) == 1:
                        self._simplify(error)
                    together = 1
                    continue
                del self._records[: len(records)]
                self._tell(records)
                self._stored()

    def _simplify(self, error: Exception) -> None:
        """Have the first record stored without what may be wrong with it; later, where nothing is left to take away."""
        record = self._records.pop(0)
        _log.exception("What became of a reply cannot be stored", bot=self._bot, reply_key=record.row.reply_key)
        plain = _plain(record, f"the rest of it could not be stored ({type(error).__name__})")
        if plain != record:
            self._records.insert(0, plain)
        else:
            asyncio.get_running_loop().call_later(REFUSED_AGAIN_S, self._put, record)

    async def _store(self, tx: Transaction, records: list[Record]) -> None:
        for record in records:
            if record.moved_to is not None:
                await move_chat(tx, self._bot, old=record.row.chat, new=record.moved_to)
            await self._record(tx, record)

    async def _record(self, tx: Transaction, record: Record) -> None:
        row = record.row
        match record.outcome:
            case Sent(external_id=external_id):
                await record_sent(tx, row.reply_key, external_id)
                if "conversation" in row.details:
                    await note_arrival(
                        tx, self._bot, row.details, record.outcome.all_ids, Address.read(row.chat).chat_id
                    )
            case NoTopic(gone=gone):
                await make_way(tx, row.reply_key, gone=gone)
            case NotSent(error=error, retry_in_s=retry_in_s, pause_s=pause_s):
                wait_s = back_off_s(row.attempts) if retry_in_s is None else retry_in_s
                await record_not_sent(tx, row.reply_key, self._token, retry_in_s=wait_s, error=error)
                if pause_s > 0:
                    await pause_chat(tx, self._bot, Address.read(record.moved_to or row.chat).chat_id, pause_s)
            case Uncertain(error=error):
                await record_uncertain(tx, row.reply_key, self._token, error=error)
                await self._alert(tx, row, f"It is not known whether a reply arrived: {error}")
            case Failed(error=error, unreachable=unreachable):
                await record_failed(tx, row.reply_key, self._token, error=error, unreachable=unreachable)
                if row.author == "person":
                    await tell_not_delivered(tx, row, self._staff_language)
                if not unreachable:
                    await self._alert(tx, row, f"A reply could not be sent: {error}")

    async def _alert(self, tx: Transaction, row: Outgoing, text: str) -> None:
        """Raise an alert, unless it would be about a message to staff: alerts are such messages themselves."""
        if row.author not in {"staff_notice", "act"} and not row.reply_key.startswith(FAREWELL):
            about = UUID(row.reply_key.partition(":")[0])
            text = f"{text} (bot {self._bot}, reply {row.reply_key})"
            await raise_alert(tx, AlertRaised(correlation_id=about, kind="sending", severity="warning", text=text))

    def _tell(self, records: list[Record]) -> None:
        for record in records:
            row, outcome = record.row, record.outcome
            if isinstance(outcome, Sent):
                continue
            if isinstance(outcome, Uncertain):
                UNCERTAIN.inc()
            _log.warning(
                "A reply was not sent",
                bot=self._bot,
                reply_key=row.reply_key,
                outcome=type(outcome).__name__,
                error=outcome.error,
                attempts=row.attempts + 1,
            )


def _plain(record: Record, error: str) -> Record:
    """The record without its new address and without Telegram's words."""
    outcome = record.outcome
    plain = outcome if isinstance(outcome, Sent) else replace(outcome, error=error)
    return replace(record, outcome=plain, moved_to=None)


def back_off_s(attempts: int) -> float:
    """Seconds until the next try after so many: 1, 2, 4 … at most 20, spread a little."""
    return float(min(2.0 ** min(attempts, 10), MOST_BACK_OFF_S) * random.uniform(0.8, 1.0))  # noqa: S311  # no secret
