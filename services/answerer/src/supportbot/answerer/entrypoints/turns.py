"""Turns reach the answerer in two ways: the bus rings, and it looks by itself. Both mean that there may be work."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from supportbot.answerer.turn_ports import Turns
from supportbot.common.bus.port import Bus, EventGivenBackError
from supportbot.common.contracts import Event, MessageEdited, QuestionAsked
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.database.turns import Turn
from supportbot.common.lifecycle import Loops
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import CLAIM_SECONDS, TURNS_LOST
from supportbot.common.telemetry.outage import Outage
from supportbot.common.telemetry.tracing import step

QUEUE = "answerer.questions"
RENEW_EVERY_S = 3.0
LOOK_EVERY_S = 2.0
_LONGEST_WAIT_S = 5.0
_WAITING_EVENTS = 256
_log = logger(__name__)


class TurnWorker:
    """Runs up to `concurrency` turns at a time. An event waits in its queue until its turn is finished."""

    def __init__(self, turns: Turns, take_turn: Callable[[Turn], Awaitable[None]], *, concurrency: int) -> None:
        self._turns = turns
        self._take_turn = take_turn
        self._free = asyncio.Semaphore(concurrency)
        self._in_work: dict[asyncio.Task[None], Turn] = {}
        self._claims: set[asyncio.Task[asyncio.Task[None] | None]] = set()
        self._loops = Loops()
        self._doubtful: set[UUID] = set()
        self._stopping = False

    def subscribe(self, bus: Bus) -> None:
        """Let the bus ring for questions. Waiting events are many, working turns few."""
        bus.subscribe(QUEUE, (QuestionAsked, MessageEdited), self.on_event, concurrency=_WAITING_EVENTS)

    async def start(self) -> None:
        """Begin to look for turns."""
        self._loops.start("look for due turns", self._look_forever)
        self._loops.start("renew turns", self._renew_forever)

    async def stop(self, grace_s: float) -> None:
        """Take no more turns; finish those in work within `grace_s`; give the rest back, their attempt uncounted."""
        self._stopping = True
        await self._loops.stop()
        await asyncio.gather(*self._claims, return_exceptions=True)
        if self._in_work:
            _done, late = await asyncio.wait(self._in_work, timeout=grace_s)
            turns = [self._in_work[task] for task in late]
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            for turn in turns:
                await self._give_back(turn)

    async def on_event(self, event: Event) -> None:
        """Wait until the event's turn is due, then work on whichever is due longest. Returns when that is done.

        Raises:
            EventGivenBackError: this process stops and takes no more turns.
        """
        assert isinstance(event, QuestionAsked | MessageEdited)
        if event.due_at is not None:
            wait = (event.due_at - datetime.now(UTC)).total_seconds()
            if wait > 0:
                await asyncio.sleep(min(wait, _LONGEST_WAIT_S))
        task = await self._begin_one()
        if task is not None:
            await asyncio.wait([task])
        elif self._stopping:
            raise EventGivenBackError("No more turns are taken here")

    async def _begin_one(self) -> asyncio.Task[None] | None:
        """Claim a turn and begin to work on it; None where none is due."""
        await self._free.acquire()
        claim = asyncio.create_task(self._claim(), name="claim a turn")
        self._claims.add(claim)
        claim.add_done_callback(self._claims.discard)
        # Shielded: a claim that is stored must not be forgotten because whoever asked for it was cancelled meanwhile.
        return await asyncio.shield(claim)

    async def _claim(self) -> asyncio.Task[None] | None:
        task: asyncio.Task[None] | None = None
        try:
            with step("answerer.claim"), CLAIM_SECONDS.time():
                turn = None if self._stopping else await self._turns.claim()
            if turn is not None:
                task = asyncio.create_task(self._work(turn), name=f"turn of {turn.conversation_id}")
                self._in_work[task] = turn
                task.add_done_callback(self._finished)
        finally:
            if task is None:
                self._free.release()
        return task

    async def _work(self, turn: Turn) -> None:
        await self._take_turn(turn)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._in_work.pop(task, None)
        self._free.release()

    async def _look_forever(self) -> None:
        outage = Outage("Turns cannot be looked for now", "Turns are looked for again")
        while True:
            wait = LOOK_EVERY_S
            try:
                while await self._begin_one() is not None:
                    pass
                due_in = await self._turns.next_due_in_s()
                outage.over()
                wait = LOOK_EVERY_S if due_in is None else min(max(due_in, 0.02), LOOK_EVERY_S)
            except DatabaseUnavailableError as error:
                outage.met(error)
            await asyncio.sleep(wait * random.uniform(0.9, 1.1))  # noqa: S311  # spreads processes apart

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            await self.renew()

    async def renew(self) -> None:
        """Hold on to what is in work; give up what was found lost twice in a row, as no answer is wanted there.

        Once would be too little: a turn that was just finished is nobody's any more, while its task has yet to end.
        """
        turns = list(self._in_work.values())
        try:
            held = await self._turns.renew(turns) if turns else set()
        except DatabaseUnavailableError as error:
            _log.warning("Turns in work could not be renewed", error=str(error))
            return
        lost = {turn.token for turn in turns} - held
        for task, turn in list(self._in_work.items()):
            if turn.token in lost & self._doubtful:
                task.cancel()
                TURNS_LOST.inc()
                _log.info(
                    "A turn is given up: it was stopped, taken over or changed",
                    conversation_id=str(turn.conversation_id),
                )
        self._doubtful = lost

    async def _give_back(self, turn: Turn) -> None:
        try:
            await self._turns.release(turn, retry_in_s=0.0, count_attempt=False)
        except DatabaseUnavailableError:
            _log.warning(
                "A turn could not be given back; its lease ends by itself", conversation_id=str(turn.conversation_id)
            )
