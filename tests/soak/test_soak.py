"""Through kills of everything, no question is lost and none is answered twice in the same words."""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.figures import quantile
from tests.faults.invariants import verdict
from tests.soak.killing import Killer
from tests.soak.system import SoakSystem, Stand, soak_system

QUESTIONS = int(os.environ.get("SOAK_QUESTIONS") or 150)
CHATS = int(os.environ.get("SOAK_CHATS") or 50)
KILLS = int(os.environ.get("SOAK_KILLS") or 7)
SEED = os.environ.get("SOAK_SEED", "")
RATE_PER_S = float(os.environ.get("SOAK_RATE") or 8)
SETTLED_WITHIN_S = 60.0
REDELIVERED_AT_ONCE = 200
SLOW_S = 0.25

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.rabbitmq]


@pytest.mark.timeout(300 + 3 * QUESTIONS / RATE_PER_S + 30 * KILLS)
async def test_no_question_is_lost_or_answered_twice_through_kills_of_everything(stand: Stand, tmp_path: Path) -> None:
    seed = SEED or str(random.randrange(10**9))
    print(f"\n{QUESTIONS} questions, {CHATS} chats, {KILLS} kills, SOAK_SEED={seed}")
    folder = tmp_path / "system"
    folder.mkdir()
    async with soak_system(stand, folder, chats=CHATS, rate_per_s=RATE_PER_S, seed=seed) as system:
        killer = Killer(system, random.Random(f"{seed} kills"))
        system.people.begin()
        await killer.kill_over(QUESTIONS, KILLS)
        await system.people.until_asked(max(0, QUESTIONS - system.people.questions), within_s=QUESTIONS)
        await system.people.finish()
        await system.until_settled(SETTLED_WITHIN_S)
        _print_figures(system, killer)
        found = verdict(system.services, system.telegram, system.people)
        assert found.held, f"{found.broken}\n{system.services.log_tail()}"

        before = _effects(system)
        await _redeliver_everything(system)
        assert _effects(system) == before, "an update that came again had an effect"
        assert await system.services.stop() == 0


def _effects(system: SoakSystem) -> dict[str, int]:
    """What a question leaves behind, counted."""
    stored = {table: system.services.count(table) for table in ("messages", "answers", "outbound", "updates")}
    return {**stored, "sent": len(system.telegram.sent())}


async def _redeliver_everything(system: SoakSystem) -> None:
    """Every update once more, in an order of its own, many at a time."""
    ids = list(system.telegram.world.queue.made)
    random.Random(len(ids)).shuffle(ids)
    for start in range(0, len(ids), REDELIVERED_AT_ONCE):
        for update_id in ids[start : start + REDELIVERED_AT_ONCE]:
            system.telegram.redeliver(update_id, at_once=True)
        while system.telegram.pending_updates():  # noqa: ASYNC110  # the gateways take them, and ring no bell here
            await asyncio.sleep(0.05)
    await system.until_settled(SETTLED_WITHIN_S)


def _print_figures(system: SoakSystem, killer: Killer) -> None:
    waits = system.telegram.webhook_waits()
    stored = [(at, seconds) for at, seconds in waits if not killer.was_away(at, "postgres")]
    undisturbed = [seconds for at, seconds in stored if not killer.was_away(at, "broker")]
    slow = Counter(killer.killed_before(at - seconds) for at, seconds in stored if seconds > SLOW_S)
    figures = {
        "killed": dict(Counter(name for _, name in killer.killed)),
        "questions": system.people.questions,
        "answers": system.services.count("answers"),
        "escalations": system.services.count("escalations"),
        "dead letters": system.services.count("escalations", "dead_letter"),
        "uncertain sends": system.services.count("outbound", "status = 'uncertain'"),
        "labelled repeats": system.services.count("outbound", "repeat = 1"),
        "updates refused, to come again": system.telegram.webhook_deliveries().get("failed", 0),
        "webhook p50 / p99, PostgreSQL's absence left out": _shares([seconds for _, seconds in stored]),
        "webhook p50 / p99, the start of the broker on these cores left out too": _shares(undisturbed),
        f"webhook over {SLOW_S * 1000:.0f} ms, by what was killed last": dict(slow),
    }
    print("\n".join(f"{name}: {value}" for name, value in figures.items()))


def _shares(waits: list[float]) -> str:
    return f"{quantile(waits, 0.5) * 1000:.0f} / {quantile(waits, 0.99) * 1000:.0f} ms"
