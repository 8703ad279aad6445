"""The running system that a fault is done to, with everything around it that a row may take away."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import httpx

from tests.e2e.deployment import Deployment
from tests.e2e.process import Process
from tests.e2e.records import Row
from tests.e2e.services import Services
from tests.e2e.waiting import until
from tests.fakes.openai.server import FakeOpenAI
from tests.fakes.qdrant.server import FakeQdrant
from tests.fakes.telegram.server import FakeTelegram
from tests.faults.invariants import DATABASE_AWAY, Verdict, left, verdict
from tests.faults.links import Links
from tests.faults.people import People
from tests.faults.report import FaultRow
from tests.faults.servers import RowBroker, RowDatabase

RECOVERED_WITHIN_S = 60.0
RESTARTED_AFTER_S = 1.0
_LOOK_EVERY_S = 0.1


@dataclass
class System:
    """Services or the one process, the links between them and their servers, the servers, and people who write."""

    product: Deployment
    links: Links
    telegram: FakeTelegram
    model: FakeOpenAI
    people: People
    row: FaultRow
    broker: RowBroker
    """Of separate services only, as `database` and `qdrant`."""
    database: RowDatabase
    qdrant: FakeQdrant

    @property
    def services(self) -> Services:
        """The product, where it is separate services."""
        return cast("Services", self.product)

    def process(self, name: str) -> Process:
        """The process of a replica, say `answerer` or `gateway 2`; the one process, where there is only one."""
        return self.services.of[name] if self.product.kind == "services" else self.product.processes[0]

    @property
    def names(self) -> list[str]:
        """The replicas that run now."""
        if self.product.kind != "services":
            return ["all-in-one"]
        return [name for name, process in self.services.of.items() if process.running]

    async def kill(self, *names: str) -> None:
        """SIGKILL replicas, and cut what was on the way from them: nobody carries a dead process's bytes."""
        for name in names:
            await self.process(name).kill()
            self.links.of(name).cut()

    async def restart(self, *names: str, **settings: str) -> None:
        """Stop replicas in order and start them with settings more; returns when they are ready."""
        for name in names:
            process = self.process(name)
            await process.stop()
            process.settings.update(settings)
            process.launch()
        for name in names:
            await self.process(name).until_ready()

    @asynccontextmanager
    async def supervised(self, *names: str) -> AsyncIterator[list[int]]:
        """Whoever of these ends is started again a second later, as a supervisor does. Gives the exit codes."""
        codes: list[int] = []

        async def supervise(process: Process) -> None:
            while True:
                if (code := process.exit_code()) is not None:
                    codes.append(code)
                    await asyncio.sleep(RESTARTED_AFTER_S)
                    process.launch()
                await asyncio.sleep(_LOOK_EVERY_S)

        tasks = [asyncio.create_task(supervise(self.process(name))) for name in names]
        try:
            yield codes
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def freeze(self, name: str) -> None:
        """SIGSTOP a replica."""
        self.process(name).signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT a replica."""
        self.process(name).signal(signal.SIGCONT)

    async def problems(self, name: str) -> dict[str, str]:
        """Why a replica says that it is not ready, by part; empty where it is."""
        try:
            answer = await self.process(name).get("/health/ready")
        except httpx.HTTPError as error:
            return {"http": type(error).__name__}
        found: dict[str, str] = answer.json()["problems"]
        return found

    async def until_waiting_for(self, name: str, what: str, within_s: float = 30.0) -> str:
        """Return when a replica names this in what keeps it from being ready; gives all that it says."""
        said = ""
        try:
            async with asyncio.timeout(within_s):
                while what not in said:
                    said = "; ".join((await self.problems(name)).values())
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"not within {within_s:.0f} s: {name} says {what!r}; it says {said!r}") from None
        return said

    async def until_said(self, name: str, words: str, within_s: float = 30.0) -> None:
        """Return when a replica's log has these words."""
        await until(
            lambda: words in self.process(name).log(), lambda: f"{name} says {words!r}\n{self._log_tail()}", within_s
        )

    async def until_counted(self, table: str, rows: int, within_s: float = 30, *, where: str = "1 = 1") -> None:
        """Return when so many rows of a table fit."""
        await until(lambda: self.product.count(table, where) >= rows, f"{rows} rows in {table} where {where}", within_s)

    async def until_quiet(self) -> None:
        """Everybody stops to write; return when all of it is answered. `people.begin` lets them go on."""
        await self.people.finish()
        await self.until_settled()

    async def asked(self, text: str, within_s: float = 60.0) -> Row:
        """How the first Telegram user's turn ends who asks this; nothing else of theirs may be waiting."""
        self.people.ask(text)
        return await self.answered(within_s)

    async def answered(self, within_s: float = 60.0) -> Row:
        """How the turn of the first Telegram user's last message ended."""
        user = self.people.users[0]
        of_chat = "SELECT a.* FROM answers a JOIN conversations c ON c.id = a.conversation_id WHERE c.chat = ?"
        found = partial(self.product.rows, f"{of_chat} AND a.turn_to = ?", str(user.chat_id), len(user.said))
        await until(found, f"an answer to {user.said[-1]!r}", within_s)
        return found()[0]

    async def metric(self, name: str, metric: str) -> float:
        """What a replica has counted, summed over the metric's labels."""
        lines = (await self.process(name).get("/metrics")).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric))

    async def until_metric(self, name: str, metric: str, count: float, within_s: float = 30.0) -> None:
        """Return when a replica has counted so much."""
        async with asyncio.timeout(within_s):
            while await self.metric(name, metric) < count:  # noqa: ASYNC110  # another process rings no bell
                await asyncio.sleep(_LOOK_EVERY_S)

    async def metric_of_all(self, metric: str) -> float:
        """What all replicas that run have counted since they started."""
        return sum([await self.metric(name, metric) for name in self.names])

    @asynccontextmanager
    async def goes_on(self, *, accepting: bool = False, answering: bool = False) -> AsyncIterator[None]:
        """Hold the block to it that updates are accepted, or that questions are answered meanwhile.

        One in twenty may be refused for a moment: a busy machine does not store each within the second that it has.
        """
        before, answered = self.telegram.webhook_deliveries(), self.product.count("answers")
        yield
        after, more = self.telegram.webhook_deliveries(), self.product.count("answers") - answered
        accepted = after.get("delivered", 0) - before.get("delivered", 0)
        refused = after.get("failed", 0) - before.get("failed", 0)
        self.saw(f"meanwhile {accepted} updates accepted, {refused} refused, {more} turns finished")
        assert not accepting or accepted > 20 * refused, (before, after)
        assert not answering or more

    async def until_ready(self, within_s: float) -> None:
        """Return when every process that runs says that it is ready. They are not asked often: that costs them time."""
        problems: dict[str, str] = {}
        try:
            async with asyncio.timeout(within_s):
                for name in self.names:
                    while problems := await self.problems(name):  # noqa: ASYNC110  # another process rings no bell
                        await asyncio.sleep(5 * _LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"not ready within {within_s:.0f} s: {problems}\n{self._log_tail()}") from None

    def saw(self, what: str) -> None:
        """Note in the table what was seen."""
        self.row.seen.append(what)

    async def asks_again_and_recovers(self, *, may_fail: Sequence[int] = ()) -> None:
        """The fault is over: new questions are answered, all is settled in time, and every invariant holds."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        try:
            async with asyncio.timeout(RECOVERED_WITHIN_S):
                await self.people.finish()
                await self.people.ask_once()
                found = await self._verdict(may_fail)
                while "I4" in found.broken:  # also of what an alert or a document left for a moment
                    await asyncio.sleep(_LOOK_EVERY_S)
                    found = await self._verdict(may_fail)
        except TimeoutError:
            problem = f"after {RECOVERED_WITHIN_S:.0f} s there are left: {await asyncio.to_thread(self._left)}"
            self.saw(problem)
            raise AssertionError(f"{problem}\n{self._log_tail()}") from None
        self.row.recovered_s = loop.time() - since
        self._count()
        for invariant, broken in found.broken.items():
            self.saw(f"{invariant} broken: {len(broken)}")
        assert found.held, f"{found.broken}\n{self._log_tail()}"

    async def _verdict(self, may_fail: Sequence[int]) -> Verdict:
        """What is wrong once nothing is left over and all are ready."""
        while await asyncio.to_thread(self._left):  # noqa: ASYNC110  # other processes ring no bell here
            await asyncio.sleep(_LOOK_EVERY_S)
        await self.until_ready(RECOVERED_WITHIN_S)
        return await asyncio.to_thread(verdict, self.product, self.telegram, self.people, may_fail=may_fail)

    async def until_settled(self) -> None:
        """Return when nothing is left to be done."""
        await until(lambda: not self._left(), lambda: f"{self._left()}\n{self._log_tail()}", RECOVERED_WITHIN_S)

    def _left(self) -> dict[str, int]:
        try:
            return left(self.product, self.telegram, self.people)
        except DATABASE_AWAY as error:
            return {f"a database that cannot be asked ({type(error).__name__})": 1}

    def _count(self) -> None:
        """Note how much was asked, and what became of it."""
        counts = {
            "questions": self.people.questions,
            "escalated": self.product.count("escalations"),
            "uncertain": self.product.count("outbound", "status = 'uncertain'"),
        }
        self.saw(", ".join(f"{count} {name}" for name, count in counts.items() if count))

    def _log_tail(self) -> str:
        return "\n".join(process.log_tail() for process in self.product.processes)
