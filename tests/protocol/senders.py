"""The senders' part of the state machine: two processes for each bot, who follow each other as they like."""

from collections.abc import Callable, Mapping
from functools import partial

from supportbot.common.database import outbound as protocol
from supportbot.common.database.leases import SENDER_LEASE_S, release_sender, succeed_sender
from supportbot.common.database.outbound import Outgoing
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId
from tests.protocol.dying import Stage
from tests.protocol.gateway import LONG
from tests.protocol.model import Model
from tests.protocol.model_sender import SUCCESSION_S, InFlight, Lease, Marked, Process, Telegram
from tests.protocol.world import BOTS

Name = tuple[BotId, int]
BATCH = 2
OUTCOMES = {"sent": "sent", "refused": "not sent", "never": "never", "answer lost": "uncertain", "lost": "uncertain"}


class Senders:
    """What a gateway's sender does, step by step, beside the model of what should come of it."""

    def __init__(self, stage: Stage, models: Mapping[str, Model]) -> None:
        self._stage = stage
        self._models = models
        self.processes: dict[Name, Process] = {(bot, which): Process(bot) for bot in BOTS for which in (0, 1)}
        self.leases = {bot: Lease() for bot in BOTS}
        self.telegram = Telegram()

    def hold(self, name: Name, dies: int | None) -> None:
        process = self.processes[name]
        work = partial(succeed_sender, bot=process.bot, token=process.token)
        with self._stage.dying(dies) as life:
            taken, predecessor = self._stage.write(work, partial(self._held, process))
            if not taken:
                process.renewed_at = None
                return
            if process.renewed_at is None:
                waits = predecessor is not None
                process.begin_at = self._stage.passed + SUCCESSION_S if waits else float("-inf")
                process.looked_after = False
            process.renewed_at = self._stage.passed
        if life.died:
            process.die()

    def _held(self, process: Process, answer: tuple[bool, object]) -> None:
        taken, predecessor = answer
        now, lease = self._stage.now(), self.leases[process.bot]
        lease.check(process.token, now, taken=taken)
        if taken:
            assert predecessor == (lease.holder if lease.holder != process.token else None)
            lease.holder, lease.until = process.token, now + SENDER_LEASE_S

    def release(self, name: Name, dies: int | None) -> None:
        """Give the lease back, as a process does that stops: when nothing of its own is on its way."""
        process = self.processes[name]
        busy = process.marked or process.unrecorded or any(r.process is process for r in self.telegram.in_flight)
        if process.renewed_at is None or busy:
            return
        waited_out = self._stage.passed >= process.begin_at
        work = partial(release_sender, bot=process.bot, token=process.token, waited_out=waited_out)
        with self._stage.dying(dies):
            self._stage.write(work, lambda _: self._released(process, waited_out=waited_out))
        process.die()

    def _released(self, process: Process, *, waited_out: bool) -> None:
        lease = self.leases[process.bot]
        if lease.holder == process.token:
            lease.holder, lease.until = (None if waited_out else process.token), self._stage.now() - 1

    def look(self, name: Name, dies: int | None) -> None:
        """Look after what was left, settle what is uncertain, and mark what may go now."""
        process = self.processes[name]
        if not process.may_begin(self._stage.passed):
            return
        with self._stage.dying(dies) as life:
            if not process.looked_after:
                inherit = partial(protocol.inherit_unfinished, bot=process.bot, token=process.token)
                self._stage.write(inherit, lambda _: self._inherited(process))
                process.looked_after = True
            settle = partial(protocol.repeat_uncertain, bot=process.bot, repeat=True)
            self._stage.write(settle, self._settled)
            self._begin(process)
        if life.died:
            process.die()

    def _inherited(self, process: Process) -> None:
        if self.leases[process.bot].holder != process.token:
            return
        for model in self._models_of(process.bot):
            model.inherit(process.token, self._stage.now())

    def _settled(self, keys: list[str]) -> None:
        for key in keys:
            model = self._model_of(key)
            assert model is not None
            model.settle(key, self._stage.now())

    def _begin(self, process: Process) -> None:
        find = partial(protocol.sendable, bot=process.bot, limit=BATCH)
        rows = self._stage.run(self._stage.database.read(find))
        assert len({row.lane for row in rows}) == len(rows), "a chat gets one message at a time"
        pieces = {row.reply_key: _pieces(row) for row in rows}

        async def work(tx: Transaction) -> set[str]:
            for key, parts in pieces.items():
                if len(parts) > 1:
                    await protocol.split_reply(tx, key, parts)
            return await protocol.begin_sending(tx, process.bot, process.token, list(pieces))

        begun = self._stage.write(work, lambda keys: self._begun(process, pieces, keys))
        process.marked += [Marked(row, self._stage.passed) for row in rows if row.reply_key in begun]

    def _begun(self, process: Process, pieces: dict[str, list[str]], begun: set[str]) -> None:
        holds = self.leases[process.bot].holder == process.token
        assert begun == (set(pieces) if holds else set())
        for key, parts in pieces.items():
            model = self._model_of(key)
            assert model is not None
            if len(parts) > 1:
                model.split(key, parts)
            if holds:
                model.begin(key, process.token)

    def ask(self, name: Name) -> None:
        """Send the request for what was marked first; too late for that, it is known not to have gone."""
        process = self.processes[name]
        if not process.marked:
            return
        marked = process.marked.pop(0)
        if process.may_ask(marked, self._stage.passed):
            self.telegram.ask(process, marked.row, self._stage.passed)
        else:
            process.unrecorded.append((marked.row, "not sent"))

    def answer(self, which: int, fate: str, dies: int | None) -> None:
        """A request ends, and whoever sent it notes how, if it lives."""
        if not self.telegram.in_flight:
            return
        request = self.telegram.in_flight[which % len(self.telegram.in_flight)]
        self._end(request, fate)
        if request.process.unrecorded:
            self._note(request.process, -1, dies)

    def _end(self, request: InFlight, fate: str) -> None:
        self.telegram.in_flight.remove(request)
        if fate in ("sent", "answer lost"):
            self.telegram.deliver(request)
        elif fate in ("refused", "never"):
            self.telegram.refuse(request)
        if request.process.token == request.token:
            request.process.unrecorded.append((request.row, OUTCOMES[fate]))

    def time_limits_end(self, seconds: float, *, arrive: bool) -> None:
        """Requests that would still be on their way after so many seconds end before."""
        for request in self.telegram.late(self._stage.passed + seconds):
            self._end(request, "answer lost" if arrive else "lost")

    def note_late(self, name: Name, dies: int | None) -> None:
        process = self.processes[name]
        if process.unrecorded:
            self._note(process, 0, dies)

    def _note(self, process: Process, which: int, dies: int | None) -> None:
        row, outcome = process.unrecorded[which]
        key, token = row.reply_key, process.token

        async def work(tx: Transaction) -> None:
            match outcome:
                case "sent":
                    await protocol.record_sent(tx, key, 1)
                case "not sent":
                    await protocol.record_not_sent(tx, key, token, retry_in_s=0.0, error="refused")
                case "never":
                    await protocol.record_failed(tx, key, token, error="blocked", unreachable=True)
                case _:
                    await protocol.record_uncertain(tx, key, token, error="timeout")

        with self._stage.dying(dies) as life:
            self._stage.write(work, lambda _: self._noted(key, outcome, process))
            process.unrecorded.pop(which)
        if life.died:
            process.die()

    def _noted(self, key: str, outcome: str, process: Process) -> None:
        model = self._model_of(key)
        if model is not None:
            model.request_ended(key, outcome, process.token, self._stage.now())

    def _model_of(self, key: str) -> Model | None:
        return next((model for model in self._models.values() if model.reply_of(key) is not None), None)

    def _models_of(self, bot: BotId) -> list[Model]:
        return [model for model in self._models.values() if model.bot == bot]

    def send_everything(self, unsettled: Callable[[], bool]) -> None:
        """One process per bot is left, and Telegram answers."""
        for name, process in self.processes.items():
            process.die()
            if name[1] == 1:
                continue
            self.hold(name, None)
        for _ in range(300):
            if not unsettled():
                return
            self._stage.later(5.0)
            for name in self.processes:
                if name[1] == 0:
                    self.hold(name, None)
                    self.look(name, None)
                    self.ask(name)
                    self.ask(name)
            while self.telegram.in_flight:
                self.answer(0, "sent", None)
        raise AssertionError("something is never sent")


def _pieces(row: Outgoing) -> list[str]:
    if row.is_repeat or LONG not in row.body:
        return [row.body]
    return row.body.split(LONG)
