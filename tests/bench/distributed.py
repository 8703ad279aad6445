"""The services on their servers: what they add to the model's time, how much they take, and what a replica brings.

Services, servers, the stubs of Telegram, model and Qdrant, and the one who asks share all cores of the machine.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping

from tests.bench.deployment import Deployment, deployment, network
from tests.bench.figures import Figure, quantile
from tests.bench.latency import sample_questions

IDLE_AFTER_S = 5.0
IDLE_MB = {"gateway": 200.0, "answerer": 150.0, "indexer": 180.0, "admin-api": 130.0}

RATE_PER_S = 20
WARM_UP_S = 5
SECONDS = 30
MODEL_S = 0.05

QUESTIONS_AT_ONCE = 1200
SLOW_MODELS_S = (0.2, 0.4)
"""With the quicker one, two answerers would keep more than the two cores of a small machine busy."""
CONCURRENCY = "4"
LOOK_EVERY_S = 0.1
ALL_ANSWERED_WITHIN_S = 180.0
UNLIMITED = {"TELEGRAM_SENDS_PER_SECOND": "1000"}
SHARED = "everything shares the machine's cores"


async def memory() -> AsyncIterator[Figure]:
    """Resident memory of each service with nothing to do."""
    with network() as servers:
        async with deployment(servers, {}) as made:
            await asyncio.sleep(IDLE_AFTER_S)
            for kind, megabytes in made.memory_mb().items():
                yield Figure(f"memory of {kind}, idle", megabytes, "MB", IDLE_MB[kind])


async def overhead() -> AsyncIterator[Figure]:
    """From an update at Telegram to the reply in the chat, less the model's time, for both types of queue."""
    with network() as servers:
        for queue in ("quorum", "classic"):
            async with deployment(servers, {"RABBITMQ_QUEUE_TYPE": queue}, model_delay_s=MODEL_S) as made:
                before = made.cpu_seconds()
                beside = await _beside_the_model(made)
                told = f"overhead beside the model at {RATE_PER_S}/s, {queue} queues"
                yield Figure(f"{told}, p50", quantile(beside, 0.5) * 1000, "ms", 40.0, f"aim 25; {SHARED}")
                yield Figure(f"{told}, p99", quantile(beside, 0.99) * 1000, "ms", 150.0, f"{len(beside)} questions")
                asked = RATE_PER_S * (WARM_UP_S + SECONDS)
                for figure in _cpu_per_question(
                    before, made.cpu_seconds(), asked, f"at {RATE_PER_S}/s, {queue} queues"
                ):
                    yield figure


async def saturation() -> AsyncIterator[Figure]:
    """Questions a second when more wait than can be answered, sender limits off."""
    with network() as servers:
        for queue in ("quorum", "classic"):
            async with deployment(servers, {"RABBITMQ_QUEUE_TYPE": queue, **UNLIMITED}) as made:
                before = made.cpu_seconds()
                per_second = await _answered_per_second(made, QUESTIONS_AT_ONCE)
                yield _rate(f"questions answered a second, {queue} queues", per_second, SHARED)
                for figure in _cpu_per_question(
                    before, made.cpu_seconds(), QUESTIONS_AT_ONCE, f"in a rush, {queue} queues"
                ):
                    yield figure


async def answerers() -> AsyncIterator[Figure]:
    """What a second answerer brings where the model is slow."""
    slow = {"ANSWER_CONCURRENCY": CONCURRENCY, "MODEL_CONCURRENCY": CONCURRENCY, "RERANK": "never", **UNLIMITED}
    with network() as servers:
        for model_s in SLOW_MODELS_S:
            told = f"model of {model_s * 1000:.0f} ms"
            note = f"asked once a question; {CONCURRENCY} questions at a time each"
            rates = []
            for more in ((), ("answerer",)):
                async with deployment(servers, slow, *more, model_delay_s=model_s) as made:
                    rates.append(await _answered_per_second(made, 150 * (1 + len(more))))
                    count = "two answerers" if more else "one answerer"
                    yield _rate(f"questions answered a second by {count}, {told}", rates[-1], note)
            gain = f"two answerers against one, {told}"
            yield Figure(gain, rates[1] / rates[0], "times", 1.8, SHARED, higher_is_better=True)


async def _beside_the_model(made: Deployment) -> list[float]:
    """Seconds each question took, less what the model took for it; questions of the warm-up left out."""
    began: dict[int, float] = {}
    asked = await _people(made, RATE_PER_S * (WARM_UP_S + SECONDS))
    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, (chat, text) in enumerate(asked.items()):
            await asyncio.sleep(max(0.0, start + number / RATE_PER_S - time.perf_counter()))
            if number >= RATE_PER_S * WARM_UP_S:
                began[chat] = time.time()
            group.create_task(made.telegram.command("user_says", chat_id=chat, text=text))
    await _until_sent(made, len(asked))
    replied = await made.telegram.first_replies()
    calls = _model_calls(made)
    return [replied[chat] - began[chat] - MODEL_S * calls[chat] for chat in began]


async def _people(made: Deployment, count: int) -> dict[int, str]:
    """So many people with a chat each, and what each will ask."""
    questions = itertools.cycle(random.Random(1).sample(sample_questions(), 100))
    people = dict(zip(range(10_001, 10_001 + count), questions, strict=False))
    for chat in people:
        await made.telegram.command("add_user", user_id=chat)
    return people


def _model_calls(made: Deployment) -> Mapping[int, int]:
    """How often the model was asked for the answer of each chat."""
    rows = made.services.rows("SELECT c.chat, a.trace FROM answers a JOIN conversations c ON c.id = a.conversation_id")
    return {int(row["chat"]): len(json.loads(row["trace"]).get("model", ())) for row in rows}


async def _answered_per_second(made: Deployment, count: int) -> float:
    """The rate between the first and the last tenth of the replies to questions that came all at once."""
    for chat, text in (await _people(made, count)).items():
        await made.telegram.command("user_says", chat_id=chat, text=text)
    await _until_sent(made, count)
    moments = sorted((await made.telegram.first_replies()).values())
    first, last = moments[count // 10], moments[-count // 10]
    return (count - 2 * (count // 10)) / (last - first)


async def _until_sent(made: Deployment, count: int) -> None:
    async with asyncio.timeout(ALL_ANSWERED_WITHIN_S):
        while True:
            if await made.telegram.count_sent() >= count:
                return
            await asyncio.sleep(LOOK_EVERY_S)


def _rate(name: str, per_second: float, note: str) -> Figure:
    return Figure(name, per_second, "/s", note=note, higher_is_better=True)


def _cpu_per_question(
    before: Mapping[str, float], after: Mapping[str, float], asked: int, when: str
) -> Iterator[Figure]:
    for kind in before:
        spent = (after[kind] - before[kind]) / asked * 1000
        yield Figure(f"processor time of {kind} per question {when}", spent, "ms")
