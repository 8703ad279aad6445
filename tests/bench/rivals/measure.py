"""Both bots, the same questions and passages, one after the other in one run."""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.crowd import Crowd
from tests.bench.figures import Figure, quantile
from tests.bench.latency import sample_questions
from tests.bench.rivals.contestants import Contestant, OurBot, Script
from tests.bench.rivals.corpus import write_corpus
from tests.bench.rivals.environment import NoEnvironmentError, script_command
from tests.fakes.telegram.server import FakeTelegram

SMALL, LARGE = 400, 10_000
RATE_PER_S = 20
SECONDS = 12.0
WARM_UP_S = 3.0
AT_ONCE = 40
IDLE_AFTER_S = 3.0


@dataclass(frozen=True)
class Result:
    """What one bot did on one knowledge base."""

    first_answer_s: float
    idle_mb: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    per_second: float
    cpu_ms_busy: float
    crowd_cores: float
    """How much of a core the crowd and its Telegram took while as much as possible was asked."""


async def measure() -> AsyncIterator[Figure]:
    """Questions a second, processor time, time to the reply, memory and the first answer, at both sizes."""
    try:
        script_command()
    except NoEnvironmentError as error:
        print(f"  rivals: not measured, as the script's libraries cannot be installed: {error}", file=sys.stderr)
        return
    for chunks in (SMALL, LARGE):
        with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
            corpus = write_corpus(Path(folder), chunks)
            results = {}
            for kind in (Script, OurBot):
                async with FakeTelegram() as telegram:
                    results[kind.name] = await _measure(kind(Path(folder) / kind.name, telegram, corpus), telegram)
        for figure in _figures(chunks, results[Script.name], results[OurBot.name]):
            yield figure


async def _measure(bot: Contestant, telegram: FakeTelegram) -> Result:
    questions = random.Random(1).sample(sample_questions(), 100)
    try:
        await bot.prepare()
        async with Crowd(telegram, questions) as crowd:
            began = time.perf_counter()
            bot.launch()
            await crowd.ask()
            first_answer_s = time.perf_counter() - began
            await asyncio.sleep(IDLE_AFTER_S)
            idle_mb = bot.memory_mb()
            await crowd.steadily(RATE_PER_S, WARM_UP_S)
            spent = bot.cpu_s()
            steady = await crowd.steadily(RATE_PER_S, SECONDS)
            cpu_ms = (bot.cpu_s() - spent) / len(steady.seconds) * 1000
            await crowd.at_once(AT_ONCE, WARM_UP_S)
            spent = bot.cpu_s()
            busy = await crowd.at_once(AT_ONCE, SECONDS)
            cpu_ms_busy = (bot.cpu_s() - spent) / len(busy.seconds) * 1000
        await bot.check()
    finally:
        await bot.process.discard()
    return Result(
        first_answer_s,
        idle_mb,
        quantile(steady.seconds, 0.5) * 1000,
        quantile(steady.seconds, 0.99) * 1000,
        cpu_ms,
        busy.per_second,
        cpu_ms_busy,
        busy.own_cpu_s / busy.lasted_s,
    )


def _figures(chunks: int, script: Result, ours: Result) -> list[Figure]:
    """The script's figures without a target, then ours, held to the script's of the same run."""
    allowed = 2.0 if chunks == SMALL else 1.0
    size = f"{chunks:,} chunks"
    held_to = f"target: {allowed:.0f} × the script's"
    return [
        *_told(f"script, {size}", script),
        Figure(f"ours, {size}: durable questions on one core", ours.per_second, "/s", 100.0, _crowd(ours), True),
        Figure(f"ours, {size}: processor time per question, busy", ours.cpu_ms_busy, "ms"),
        Figure(f"ours, {size}: processor time per question at {RATE_PER_S}/s", ours.cpu_ms, "ms"),
        Figure(f"ours, {size}: to the reply, p50", ours.p50_ms, "ms", allowed * script.p50_ms, held_to),
        Figure(f"ours, {size}: to the reply, p99", ours.p99_ms, "ms", allowed * script.p99_ms, held_to),
        Figure(f"ours, {size}: memory idle", ours.idle_mb, "MB"),
        Figure(f"ours, {size}: start to first answer", ours.first_answer_s, "s", note="documents indexed before"),
    ]


def _told(name: str, result: Result) -> list[Figure]:
    return [
        Figure(f"{name}: questions on one core, nothing stored", result.per_second, "/s", note=_crowd(result)),
        Figure(f"{name}: processor time per question, busy", result.cpu_ms_busy, "ms"),
        Figure(f"{name}: processor time per question at {RATE_PER_S}/s", result.cpu_ms, "ms"),
        Figure(f"{name}: to the reply, p50", result.p50_ms, "ms"),
        Figure(f"{name}: to the reply, p99", result.p99_ms, "ms"),
        Figure(f"{name}: memory idle", result.idle_mb, "MB"),
        Figure(f"{name}: start to first answer", result.first_answer_s, "s"),
    ]


def _crowd(result: Result) -> str:
    return f"{AT_ONCE} people wait at any time; they and their Telegram take {result.crowd_cores:.2f} of another core"
