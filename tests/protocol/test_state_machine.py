"""Any sequence of steps, against a model that is small enough to be obviously right.

Hypothesis makes the sequences up and shortens those that fail.
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from supportbot.common.database import conversations as people
from supportbot.common.database import outbound as sending
from supportbot.common.database.leases import SENDER_LEASE_S, acquire_sender
from supportbot.common.database.postgres import PostgresDatabase
from supportbot.common.database.sqlite import SqliteDatabase
from supportbot.common.database.sweep import reset_far_future
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import LEASE_S, Turn, TurnLostError, claim_turn, release_turn, renew_turns
from supportbot.common.database.updates import DuplicateUpdateError
from tests.protocol.model import Model
from tests.protocol.probe import BOT, Probe
from tests.servers.address import PostgresAddress
from tests.servers.databases import POOL, empty

T = TypeVar("T")
EXAMPLES = int(os.environ.get("PROTOCOL_EXAMPLES", "25"))


class Conversation(RuleBasedStateMachine):
    """One chat with everything that can happen to it, step by step."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    turns = Bundle("turns")
    updates = Bundle("updates")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self._run(empty(self.database))
        self.probe = self._run(Probe.open(self.database))
        self.asked = self._run(self.probe.ask(1, "text 1"))
        self.model.message(1, "text 1")

    def _run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def _write(self, work: Callable[[Any], Awaitable[T]]) -> T:
        return self._run(self.database.write(work))

    @rule(target=updates)
    def ask(self) -> tuple[int, str, bool]:
        external_id = self.model.newest_external_id() + 1
        text = f"text {external_id}"
        self._run(self.probe.ask(external_id, text))
        self.model.message(external_id, text)
        return external_id, text, False

    @rule(target=updates, which=st.integers(0, 3), count=st.integers(0, 99))
    def edit(self, which: int, count: int) -> tuple[int, str, bool]:
        external_id = max(1, self.model.newest_external_id() - which)
        text = f"edit {count} of {external_id}"
        self._run(self.probe.ask(external_id, text, edit=True))
        self.model.edit(external_id, text)
        return external_id, text, True

    @precondition(lambda self: self.probe.updates > 0)
    @rule()
    def repeat_the_newest_update(self) -> None:
        self.probe.updates -= 1
        with pytest.raises(DuplicateUpdateError):
            self._run(self.probe.ask(1, "whatever"))

    @rule(target=turns)
    def claim(self) -> Turn | None:
        turn = self._write(claim_turn)
        if turn is not None:
            self.model.claim(turn)
        return turn

    @rule(turn=turns)
    def finish(self, turn: Turn | None) -> None:
        if turn is None:
            return
        if not self.model.owns(turn):
            with pytest.raises(TurnLostError):
                self._run(self.probe.finish(turn))
            return
        self.model.finish(turn, self._run(self.probe.finish(turn)))

    @rule(turn=turns, count=st.booleans())
    def release(self, turn: Turn | None, *, count: bool) -> None:
        if turn is not None:
            self._write(lambda tx: release_turn(tx, turn, retry_in_s=0, count_attempt=count))
            self.model.release(turn)

    @rule(turn=turns)
    def renew(self, turn: Turn | None) -> None:
        if turn is not None:
            self._write(lambda tx: renew_turns(tx, [turn]))

    @rule()
    def take_over(self) -> None:
        self._write(lambda tx: people.take_over(tx, self.asked.conversation_id))
        self.model.take_over()

    @rule()
    def hand_back(self) -> None:
        self._write(lambda tx: people.hand_back(tx, self.asked.conversation_id))
        self.model.hand_back()

    @rule()
    def close(self) -> None:
        self._write(lambda tx: people.close(tx, self.asked.conversation_id))
        self.model.close()

    @rule(back=st.integers(-1, 2))
    def reply(self, back: int) -> None:
        seen = max(0, self.model.last - back)
        self.model.reply(seen, self._run(self.probe.reply(self.asked.conversation_id, seen)))

    @rule(seconds=st.sampled_from((1.0, LEASE_S + 1, 45.0)))
    def time_passes(self, seconds: float) -> None:
        self._run(self.probe.later(seconds))
        self._hold()

    @rule(seconds=st.sampled_from((3600.0, -3600.0)))
    def the_clock_jumps(self, seconds: float) -> None:
        self._run(self.probe.later(seconds))
        self._write(reset_far_future)
        self._run(self.probe.later(LEASE_S + 1))
        self._hold()

    @rule()
    def begin(self) -> None:
        """Mark the next reply as on its way, after settling what is uncertain."""
        self.model.settle(self._write(lambda tx: sending.repeat_uncertain(tx, BOT, repeat=True)))
        rows = self._run(self.probe.sendable())
        assert len(rows) <= 1, "a chat gets one message at a time"
        if rows:
            assert self._run(self.probe.begin(rows[0].reply_key)) == {rows[0].reply_key}
            self.model.begin(rows[0].reply_key)

    @rule(fate=st.sampled_from(("sent", "not sent", "uncertain", "crash")))
    def settle_request(self, fate: str) -> None:
        """What was on its way arrives, does not, or nobody knows."""
        key = self.model.on_its_way()
        if key is None:
            return
        token = self.probe.sender
        if fate == "sent":
            self._write(lambda tx: sending.record_sent(tx, key, 1))
        elif fate == "not sent":
            self._write(lambda tx: sending.record_not_sent(tx, key, token, retry_in_s=0, error="refused"))
        elif fate == "uncertain":
            self._write(lambda tx: sending.record_uncertain(tx, key, token, error="timeout"))
        else:
            self._replace_sender()
        self.model.request_ended(key, fate)

    def _replace_sender(self) -> None:
        self._run(self.probe.later(SENDER_LEASE_S + 1))
        self.probe.sender = type(self.probe.sender)(int=self.probe.sender.int ^ 1)
        self._hold()
        self._write(lambda tx: sending.inherit_unfinished(tx, BOT, self.probe.sender))

    def _hold(self) -> None:
        assert self._write(lambda tx: acquire_sender(tx, BOT, self.probe.sender))

    @invariant()
    def the_database_agrees_with_the_model(self) -> None:
        row = self._run(self.probe.conversation(self.asked.conversation_id))
        assert (row.last_seq, row.done_seq, row.mode) == (self.model.last, self.model.done, self.model.mode)
        assert row.token == self.model.token
        assert row.token is None or row.done_seq < row.turn_to <= row.last_seq
        replies = self._run(self.probe.replies())
        assert {reply.reply_key: reply.status for reply in replies} == self.model.statuses()

    def teardown(self) -> None:
        """Without further trouble, everything is answered and sent."""
        self.hand_back()
        self._run(self.probe.later(LEASE_S + 1))
        turn = self._write(claim_turn)
        if turn is not None:
            self.model.claim(turn)
            self.model.finish(turn, self._run(self.probe.finish(turn)))
        while self.model.unsettled():
            self.time_passes(45.0)
            self.begin()
            self.settle_request("sent")
        self.the_database_agrees_with_the_model()
        assert self._run(self.probe.claim_nothing())
        bodies = {row.reply_key: row.body for row in self._run(self.probe.replies())}
        assert self.model.unanswered(bodies) == []


def _try(database: Database, runner: asyncio.Runner, examples: int) -> None:
    machine = type("Conversation", (Conversation,), {"database": database, "runner": runner})
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
    finally:
        runner.run(database.close())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_sequence_of_steps_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "machine.db"
    shutil.copyfile(sqlite_template, path)
    with asyncio.Runner() as runner:
        _try(SqliteDatabase(path), runner, EXAMPLES)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_any_sequence_of_steps_on_postgresql(postgres_address: PostgresAddress, postgres_name: str) -> None:
    with asyncio.Runner() as runner:
        database = PostgresDatabase(postgres_address.url(postgres_name), POOL)
        _try(database, runner, max(1, EXAMPLES // 5))
