"""Any sequence of steps of people, workers and senders, each of which may die at any statement, against a model.

Hypothesis makes the sequences up and shortens those that fail. PROTOCOL_EXAMPLES says how many.
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from supportbot.common.database import conversations as people
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.incoming import Received
from supportbot.common.database.sweep import reset_far_future
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.turns import (
    LEASE_S,
    Turn,
    TurnLostError,
    claim_turn,
    finish_turn,
    release_turn,
    renew_turns,
)
from supportbot.common.database.updates import DuplicateUpdateError
from supportbot.common.ids import ConversationId
from tests.protocol.dying import Stage
from tests.protocol.gateway import LONG, Update, incoming_of, taking_in
from tests.protocol.model import Model
from tests.protocol.senders import Senders
from tests.protocol.shape import everything_stored, wrong_when_settled
from tests.protocol.worker import think
from tests.protocol.world import BOTS
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL, empty

EXAMPLES = int(os.environ.get("PROTOCOL_EXAMPLES", "25"))
STEPS = int(os.environ.get("PROTOCOL_STEPS", "60"))
CHATS = ("2", "4", "1", "web1")
"""Two chats of one bot, one of another, and one on the web."""
BURST_S = 15.0
chats = st.sampled_from(CHATS)
deaths = st.one_of(st.none(), st.none(), st.integers(0, 12))
"""At which statement or commit of a step its process dies."""
processes = st.tuples(st.sampled_from(BOTS), st.integers(0, 1))


class Conversations(RuleBasedStateMachine):
    """Some chats with everything that can happen to them, step by step."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    turns = Bundle("turns")

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.runner, self.database)
        self.stage.run(empty(self.database))
        self.models: dict[str, Model] = {}
        self.taken: list[Update] = []
        self.texts = 0
        self.senders = Senders(self.stage, self.models)

    def model_of(self, conversation_id: ConversationId) -> Model | None:
        return next((model for model in self.models.values() if model.id == conversation_id), None)

    # people

    @rule(chat=chats, burst_s=st.sampled_from((0.0, BURST_S)), long=st.booleans(), dies=deaths)
    def ask(self, chat: str, burst_s: float, *, long: bool, dies: int | None) -> None:
        self.texts += 1
        text = f"text {self.texts}{f'{LONG}more {self.texts}' if long else ''}."
        self._take_in(Update(str(len(self.taken)), chat, 1000 + self.texts, text), burst_s, dies)

    @rule(chat=chats, which=st.integers(0, 3), burst_s=st.sampled_from((0.0, BURST_S)), dies=deaths)
    def edit(self, chat: str, which: int, burst_s: float, dies: int | None) -> None:
        """Change one of the newest messages, or one that we never saw."""
        self.texts += 1
        known = (
            [message for message in self.models[chat].messages if not message.replaced] if chat in self.models else []
        )
        external_id = known[-1 - min(which, len(known) - 1)].external_id if known else 1
        update = Update(str(len(self.taken)), chat, external_id, f"edit {self.texts}.", is_edit=True)
        self._take_in(update, burst_s, dies)

    def _take_in(self, update: Update, burst_s: float, dies: int | None) -> None:
        """Store an update. A gateway that dies says nothing to the channel, which gives the update to another one."""
        work = _taking_in(update, burst_s)
        stored = partial(self._stored, update, burst_s)
        with self.stage.dying(dies) as gateway:
            self.stage.write(work, stored)
        if gateway.died and update in self.taken:
            with pytest.raises(DuplicateUpdateError):
                self.stage.write(work)
        elif gateway.died:
            self.stage.write(work, stored)

    def _stored(self, update: Update, burst_s: float, received: Received) -> None:
        self.taken.append(update)
        now = self.stage.now()
        if update.chat not in self.models:
            self.models[update.chat] = Model(received.conversation_id, update.bot, now)
        model = self.models[update.chat]
        assert (received.conversation_id, received.seq) == (model.id, model.last + 1)
        (model.edit if update.is_edit else model.message)(update.external_id, update.text, now + burst_s)

    @rule(which=st.integers(0, 5))
    def an_update_comes_again(self, which: int) -> None:
        if self.taken:
            update = self.taken[-1 - which % len(self.taken)]
            with pytest.raises(DuplicateUpdateError):
                self.stage.write(_taking_in(update, 0.0))

    @rule(chat=chats, dies=deaths)
    def take_over(self, chat: str, dies: int | None) -> None:
        self._act(chat, dies, people.take_over, lambda model: model.take_over(self.stage.now()))

    @rule(chat=chats, dies=deaths)
    def hand_back(self, chat: str, dies: int | None) -> None:
        self._act(chat, dies, people.hand_back, lambda model: model.hand_back(self.stage.now()))

    @rule(chat=chats, dies=deaths)
    def close(self, chat: str, dies: int | None) -> None:
        self._act(chat, dies, people.close, lambda model: model.close(self.stage.now()))

    @rule(chat=chats, dies=deaths)
    def delete(self, chat: str, dies: int | None) -> None:
        self._act(chat, dies, people.delete_conversation, lambda model: self.models.pop(chat))

    @rule(chat=chats, back=st.integers(-1, 2), dies=deaths)
    def reply(self, chat: str, back: int, dies: int | None) -> None:
        """A person replies, with a screen that may lack the newest messages, or show one that was deleted since."""
        seen = max(0, self.models[chat].last - back) if chat in self.models else 0
        said = partial(people.operator_reply, text="a person's words", operator="Ann", seen=seen)
        self._act(chat, dies, said, lambda model: model.reply(seen, self.stage.now()))

    def _act(self, chat: str, dies: int | None, deed: Callable[..., Any], then: Callable[[Model], object]) -> None:
        model = self.models.get(chat)
        if model is not None:
            with self.stage.dying(dies):
                self.stage.write(lambda tx: deed(tx, model.id), lambda _: then(model))

    # workers

    @rule(target=turns, dies=deaths)
    def claim(self, dies: int | None) -> Any:
        turn = None
        with self.stage.dying(dies):
            turn = self.stage.write(claim_turn, self._claimed)
        return multiple() if turn is None else turn

    def _claimed(self, turn: Turn | None) -> None:
        now = self.stage.now()
        if turn is None:
            waiting = [model for model in self.models.values() if model.must_be_due(now)]
            assert not waiting, f"nobody gets {waiting}"
            return
        model = self.model_of(turn.conversation_id)
        assert model is not None
        model.claim(turn, now)

    @rule()
    def answer_what_is_due(self) -> None:
        """A turn as it mostly goes."""
        turn = self.stage.write(claim_turn, self._claimed)
        if turn is not None:
            self.finish(turn, None)

    @rule(turn=turns, dies=deaths)
    def finish(self, turn: Turn, dies: int | None) -> None:
        model = self.model_of(turn.conversation_id)
        outcome = self.stage.run(think(self.database, turn))
        work = partial(finish_turn, turn=turn, outcome=outcome)
        if model is None or model.token != turn.token:
            with self.stage.dying(dies), pytest.raises(TurnLostError):
                self.stage.write(work)
            return
        with self.stage.dying(dies):
            self.stage.write(work, lambda key: self._finished(model, turn, key))

    def _finished(self, model: Model, turn: Turn, key: str) -> None:
        assert key == model.finish(turn, self.stage.now())

    @rule(turn=turns, count=st.booleans(), dies=deaths)
    def give_back(self, turn: Turn, dies: int | None, *, count: bool) -> None:
        work = partial(release_turn, turn=turn, retry_in_s=5.0, count_attempt=count)
        self._on_turn(turn, dies, work, lambda model, now: model.release(turn, now + 5.0))

    @rule(turn=turns, dies=deaths)
    def renew(self, turn: Turn, dies: int | None) -> None:
        self._on_turn(turn, dies, partial(renew_turns, turns=[turn]), lambda model, now: model.renew(turn, now))

    def _on_turn(
        self, turn: Turn, dies: int | None, work: Callable[[Transaction], Any], then: Callable[[Model, float], object]
    ) -> None:
        model = self.model_of(turn.conversation_id)
        with self.stage.dying(dies):
            self.stage.write(work, lambda _: model and then(model, self.stage.now()))

    # senders

    @rule(process=processes, dies=deaths)
    def hold_the_lease(self, process: tuple[Any, int], dies: int | None) -> None:
        self.senders.hold(process, dies)

    @rule(process=processes, requests=st.integers(0, 2), dies=deaths)
    def work_as_sender(self, process: tuple[Any, int], requests: int, dies: int | None) -> None:
        """A round as it mostly goes: renew the lease, mark what may go, ask Telegram."""
        self.senders.hold(process, None)
        self.senders.look(process, dies)
        for _ in range(requests):
            self.senders.ask(process)

    @rule(process=processes, dies=deaths)
    def give_the_lease_back(self, process: tuple[Any, int], dies: int | None) -> None:
        self.senders.release(process, dies)

    @rule(process=processes, dies=deaths)
    def look_for_replies(self, process: tuple[Any, int], dies: int | None) -> None:
        self.senders.look(process, dies)

    @rule(process=processes)
    def ask_telegram(self, process: tuple[Any, int]) -> None:
        self.senders.ask(process)

    @rule(
        which=st.integers(0, 3), fate=st.sampled_from(("sent", "refused", "never", "answer lost", "lost")), dies=deaths
    )
    def telegram_answers(self, which: int, fate: str, dies: int | None) -> None:
        self.senders.answer(which, fate, dies)

    @rule(process=processes, dies=deaths)
    def note_late(self, process: tuple[Any, int], dies: int | None) -> None:
        self.senders.note_late(process, dies)

    @rule(process=processes)
    def a_sender_dies(self, process: tuple[Any, int]) -> None:
        self.senders.processes[process].die()

    # time

    @rule(seconds=st.sampled_from((1.0, 6.0, 16.0, LEASE_S + 1, 45.0)), arrive=st.booleans())
    def time_passes(self, seconds: float, *, arrive: bool) -> None:
        self.senders.time_limits_end(seconds, arrive=arrive)
        self.stage.later(seconds)

    @rule(seconds=st.sampled_from((3600.0, -3600.0)))
    def the_clock_of_the_database_jumps(self, seconds: float) -> None:
        self.stage.jump(seconds)

    @rule(dies=deaths)
    def sweep(self, dies: int | None) -> None:
        with self.stage.dying(dies):
            self.stage.write(reset_far_future, lambda _: self._swept())

    def _swept(self) -> None:
        now = self.stage.now()
        for model in self.models.values():
            model.reset_far_future(now)
        for lease in self.senders.leases.values():
            lease.reset_far_future(now)

    # what holds

    @invariant()
    def the_database_agrees_with_the_model(self) -> None:
        """I1 and I2 at every moment: each message has its place, each turn one reply, nothing deleted comes back."""
        stored = self.stage.run(everything_stored(self.database))
        assert set(stored.conversations) == {model.id for model in self.models.values()}
        assert stored.owners <= set(stored.conversations), "work that was in flight has been stored for a deleted one"
        for model in self.models.values():
            row = stored.conversations[model.id]
            assert (row.last_seq, row.done_seq, row.mode) == (model.last, model.done, model.mode)
            assert (row.token, row.turn_to, row.out_seq) == (model.token, model.turn_to, model.out)
            assert stored.statuses(model.id) == model.statuses()

    def teardown(self) -> None:
        """Without further trouble everything settles: I1 to I4."""
        for chat in CHATS:
            self.hand_back(chat, None)
        self.sweep(None)
        self.time_passes(45.0, arrive=True)
        while (turn := self.stage.write(claim_turn, self._claimed)) is not None:
            self.finish(turn, None)
        self.senders.send_everything(lambda: any(model.unsettled() for model in self.models.values()))
        self.the_database_agrees_with_the_model()
        stored = self.stage.run(everything_stored(self.database))
        for model in self.models.values():
            assert model.unanswered(stored.bodies()) == []
        assert self.stage.run(wrong_when_settled(self.database)) == []


def _taking_in(update: Update, burst_s: float) -> Callable[[Transaction], Awaitable[Received]]:
    return lambda tx: taking_in(update)(tx, incoming_of(update, burst_s))


def _try(database: Database, runner: asyncio.Runner, examples: int) -> None:
    machine = type("Conversations", (Conversations,), {"database": database, "runner": runner})
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
    finally:
        runner.run(database.close())


@pytest.mark.slow
@pytest.mark.timeout(0 if EXAMPLES > 100 else 600)
def test_any_sequence_of_steps_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "machine.db"
    shutil.copyfile(sqlite_template, path)
    with asyncio.Runner() as runner:
        _try(SqliteDatabase(path), runner, EXAMPLES)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(0 if EXAMPLES > 100 else 600)
def test_any_sequence_of_steps_on_postgresql(postgres_address: PostgresAddress, postgres_name: str) -> None:
    with asyncio.Runner() as runner:
        database = PostgresDatabase(postgres_address.url(postgres_name), POOL)
        _try(database, runner, max(1, EXAMPLES // 5))
