"""Take one turn: claim it, answer what it asks, store how it ended."""

import time
from dataclasses import dataclass, field

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.domain.burst import Burst, read_burst
from supportbot.answerer.domain.outcome import dead_letter, handed_over, known_language, noted, outcome_of
from supportbot.answerer.turn_ports import Answerer, AnswererDiedError, Turns
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.database.turn_contents import Exchange
from supportbot.common.database.turns import Outcome, Turn, TurnLostError
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import ANSWER_SECONDS, TURN_SECONDS, TURNS_FAILED, TURNS_FINISHED, TURNS_LOST
from supportbot.common.telemetry.outage import Outage
from supportbot.common.telemetry.tracing import note as note_in_trace
from supportbot.common.telemetry.tracing import span

ATTEMPTS_BESIDE_OTHERS = 2
"""After as many unfinished attempts a turn runs alone, so that what kills the process cannot charge its neighbours."""
ATTEMPTS = 5
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0)
ALONE_AGAIN_S = 0.5
"""What kills a process does so the next time too: nothing is gained by waiting, and somebody waits for a person."""
_log = logger(__name__)


@dataclass(frozen=True)
class TakeTurn:
    """The use case over its ports; `alone` answers in a process of its own. `machine_answers`: see AnswererSettings."""

    turns: Turns
    beside_others: Answerer
    alone: Answerer
    machine_answers: bool = True
    searching: Outage = field(
        default_factory=lambda: Outage(
            "People get all questions, as the documents cannot be searched", "The documents are searched again"
        )
    )

    async def __call__(self, turn: Turn) -> None:
        """Work on a claimed turn until it is finished or given back. Raises nothing but cancellation."""
        conversation_id = str(turn.conversation_id)
        try:
            await self._take(turn)
        except TurnLostError as lost:
            TURNS_LOST.inc()
            _log.info("A turn was lost to somebody else", conversation_id=conversation_id, why=str(lost))
        except DatabaseUnavailableError as error:
            TURNS_FAILED.labels("database").inc()
            _log.warning("A turn waits for the database", conversation_id=conversation_id, error=str(error))
            await self._give_back(turn)
        except AnswererDiedError as error:
            TURNS_FAILED.labels(type(error).__name__).inc()
            _log.warning(
                "A turn that ran alone killed its process",
                conversation_id=conversation_id,
                attempt=turn.attempts,
                error=error.cause,
            )
            await self._give_back(turn, ALONE_AGAIN_S)
        except Exception as error:
            TURNS_FAILED.labels(type(error).__name__).inc()
            _log.exception("An attempt at a turn failed", conversation_id=conversation_id, attempt=turn.attempts)
            await self._give_back_or_up(turn, error)

    async def _take(self, turn: Turn) -> None:
        started = time.monotonic()
        messages, earlier, traceparent = await self.turns.read(turn)
        with span(
            "answerer.turn",
            parent=traceparent,
            links={message.traceparent for message in messages if message.traceparent} - {traceparent},
            conversation_id=str(turn.conversation_id),
            attempt=turn.attempts,
        ):
            outcome = await self._outcome(turn, read_burst(messages), earlier)
            note_in_trace(decision=outcome.decision, reason=outcome.reason)
            with span("answerer.finish"):
                await self.turns.finish(turn, outcome)
            _finished(turn, outcome, time.monotonic() - started)  # inside the span, whose trace the log line names

    async def _outcome(self, turn: Turn, burst: Burst, earlier: list[Exchange]) -> Outcome:
        note = _note(burst, turn.language)
        if note is not None:
            return note
        if not self.machine_answers:
            return handed_over(burst.text, "machine_off", turn.language)
        question = Question(
            text=burst.text,
            history=tuple(HistoryTurn("user" if said.role == "user" else "assistant", said.text) for said in earlier),
            language_hint=known_language(turn.language),
        )
        answerer = self.beside_others if turn.attempts <= ATTEMPTS_BESIDE_OTHERS else self.alone
        try:
            with ANSWER_SECONDS.time():
                answer = await answerer(turn, question)
            self.searching.over()
            return outcome_of(burst.text, answer, turn.language)
        except KnowledgeIndexUnavailableError as error:
            self.searching.met(error)
            return handed_over(burst.text, "index_unavailable", turn.language)
        except AnswererDiedError as error:
            if turn.attempts < ATTEMPTS:
                raise
            return dead_letter(burst.text, error.cause, turn.attempts, turn.language)

    async def _give_back_or_up(self, turn: Turn, error: Exception) -> None:
        """What fails outside of the answering, each time anew, goes to a person too, as a dead letter."""
        if turn.attempts < ATTEMPTS:
            await self._give_back(turn)
            return
        try:
            cause = f"{type(error).__name__} in each attempt"
            outcome = dead_letter(await self._asked_at_all(turn), cause, turn.attempts, turn.language)
            await self.turns.finish(turn, outcome)
            _finished(turn, outcome)
        except Exception:
            _log.exception("A turn could not even be given up", conversation_id=str(turn.conversation_id))
            await self._give_back(turn)

    async def _asked_at_all(self, turn: Turn) -> str:
        """What the turn asks, or nothing where just that cannot be read; its messages are in the conversation."""
        try:
            messages, _, _ = await self.turns.read(turn)
            return read_burst(messages).text
        except Exception:
            _log.exception("What a turn asks cannot be read", conversation_id=str(turn.conversation_id))
            return ""

    async def _give_back(self, turn: Turn, retry_in_s: float | None = None) -> None:
        """Let the turn be tried again after a while; where that cannot be stored, its lease ends by itself."""
        wait_s = BACK_OFF_S[min(turn.attempts, len(BACK_OFF_S)) - 1] if retry_in_s is None else retry_in_s
        try:
            await self.turns.release(turn, retry_in_s=wait_s, count_attempt=True)
        except DatabaseUnavailableError:
            _log.warning(
                "A turn could not be given back; its lease ends by itself", conversation_id=str(turn.conversation_id)
            )


def _finished(turn: Turn, outcome: Outcome, seconds: float | None = None) -> None:
    """Counted and logged; `seconds` from its claim, None for one that was given up. Never what was said."""
    TURNS_FINISHED.labels(outcome.decision, outcome.reason).inc()
    if seconds is not None:
        TURN_SECONDS.observe(seconds)
    _log.info(
        "A turn is finished",
        conversation_id=str(turn.conversation_id),
        decision=outcome.decision,
        reason=outcome.reason,
        attempt=turn.attempts,
        seconds=None if seconds is None else round(seconds, 3),
    )


def _note(burst: Burst, language: str) -> Outcome | None:
    """The outcome of what asks nothing of the documents."""
    if burst.wants_person:
        return handed_over(burst.text, "asked_for_person", language)
    if burst.has_attachment:
        return handed_over(burst.text, "attachment", language)
    if burst.started:
        return noted(burst.text, "answer.greeting", "small_talk", language)
    if burst.unreadable:
        return noted(burst.text, "answer.unreadable", "unreadable", language)
    return None
