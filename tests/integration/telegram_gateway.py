"""A gateway with a fake Telegram in front and a stand-in for the answerer behind."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import Row, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.bus.local import LocalBus
from supportbot.common.cache.memory import MemoryCache
from supportbot.common.cache.port import Cache
from supportbot.common.contracts import AlertRaised, CitationData, PassageData
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.clock import now
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.schema.tables import outbound
from supportbot.common.database.transactions import Database
from supportbot.common.database.turn_contents import turn_messages
from supportbot.common.database.turns import Outcome, Turn, claim_turn, finish_turn
from supportbot.common.files.port import Files
from supportbot.common.i18n import LANGUAGES
from supportbot.common.web.routes import add_routes
from supportbot.gateway.app import Dependencies, Gateway, build
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.settings import GatewaySettings
from tests.fakes.files import FilesInMemory
from tests.fakes.serving import LoopbackServer
from tests.fakes.telegram import TOKEN, FakeTelegram

ANNA = 5
BORIS = 6
ADMIN = 77
FOR_PEOPLE = {"photo", "document", "voice", "video_note", "location", "contact"}
"""Kinds of messages that the stand-in for the answerer gives to a person."""

CITATIONS = (
    CitationData(
        document="en/returns.md",
        title="Returns",
        quote="Items may be returned within 30 days.",
        headings=("How long",),
    ),
    CitationData(
        document="en/refunds.md",
        title="Refunds",
        quote="Money is back in five days.",
        source="https://example.com/refunds",
    ),
)
PASSAGES = (
    PassageData(
        document="en/returns.md",
        title="Returns",
        text="Keep the receipt. Items may be returned within 30 days. <Ask> us.",
    ),
    PassageData(document="en/refunds.md", title="Refunds", text="Money is back in five days."),
)


@dataclass
class World:
    """What a test looks at."""

    gateway: Gateway
    database: Database
    telegram: FakeTelegram
    alerts: list[AlertRaised]
    bus: LocalBus = field(default_factory=LocalBus)

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(select(table))).all()

        return await self.database.read(work)

    async def row(self, table: Table, count: int = 1, **values: Any) -> Row[Any]:
        """The first of `count` rows with these values, as soon as they are there."""
        async with asyncio.timeout(15):
            while True:
                found = [row for row in await self.rows(table) if all(getattr(row, k) == v for k, v in values.items())]
                if len(found) >= count:
                    return found[0]
                await asyncio.sleep(0.02)

    async def trouble(self) -> str:
        """What the first readiness check finds wrong, as soon as it finds something."""
        check = next(iter(self.gateway.checks.values()))
        async with asyncio.timeout(15):
            while True:
                problem = await check()
                if problem is not None:
                    return problem
                await asyncio.sleep(0.02)

    async def alert(self, kind: str) -> AlertRaised:
        """The first alert of a kind, as soon as it was raised."""
        async with asyncio.timeout(15):
            while True:
                found = [alert for alert in self.alerts if alert.kind == kind]
                if found:
                    return found[0]
                await asyncio.sleep(0.02)

    async def patience_ends(self) -> None:
        """All the time has passed that an uncertain reply waits."""
        due = update(outbound).where(outbound.c.status == "uncertain", outbound.c.resolve_at.is_not(None))
        await self.database.write(lambda tx: tx.execute(due.values(resolve_at=now())))


@dataclass(frozen=True)
class Site:
    """A gateway and where it listens."""

    world: World
    url: str

    async def state(self) -> dict[str, Any]:
        """How the bot's updates come, as the gateway tells it."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            bots = (await client.get("/health/telegram")).json()["bots"]
        found: dict[str, Any] = next(iter(bots.values()))
        return found

    async def until(self, mode: str, why: str = "") -> dict[str, Any]:
        """The state, as soon as updates come in this way, for this reason."""
        async with asyncio.timeout(15):
            while True:
                state = await self.state()
                if state["updates"] == mode and why in state["why"]:
                    return state
                await asyncio.sleep(0.02)

    async def until_problem(self, part: str) -> None:
        """Return when what is told about the bot's updates has this in it; with nothing given, when all is well."""
        async with asyncio.timeout(30):
            while True:
                problem = (await self.state())["problem"]
                if (part in (problem or "")) if part else problem is None:
                    return
                await asyncio.sleep(0.05)


def polling_conflicts() -> float:
    """How often a gateway of this process was told that somebody else polls."""
    return REGISTRY.get_sample_value("supportbot_telegram_poll_errors_total", {"cause": "PollingConflictError"}) or 0.0


def settings_for(fake: FakeTelegram, folder: Path, **values: Any) -> GatewaySettings:
    """Settings that look at no environment."""
    given: dict[str, Any] = {
        "telegram_bot_token": TOKEN,
        "telegram_api_base": fake.base_url,
        "database_path": folder / "supportbot.db",
        "admin_ids": (ADMIN,),
        "burst_window": 0.0,
    }
    return GatewaySettings(_env_file=None, **{**given, **values})


@asynccontextmanager
async def running(
    fake: FakeTelegram,
    database: Database,
    settings: GatewaySettings,
    *,
    answers: bool = True,
    timing: RouteTiming | None = None,
    cache: Cache | None = None,
    starters: Mapping[str, Sequence[str]] | None = None,
    files: Files | None = None,
) -> AsyncGenerator[World]:
    """A started gateway; `answers` lets a stand-in answer every turn with an echo."""
    for user, name in ((ANNA, "Anna"), (BORIS, "Boris"), (ADMIN, "Clara")):
        if user not in fake.world.users:
            fake.add_user(user, name)
    bus = LocalBus()
    outbox = OutboxPublisher(database, bus)
    made = Dependencies(
        database,
        bus,
        settings,
        cache or MemoryCache(),
        files or FilesInMemory(),
        starters=starters or {},
        route_timing=timing or RouteTiming(),
    )
    gateway = build(made)
    world = World(gateway, database, fake, [], bus)

    async def note(event: Event) -> None:
        assert isinstance(event, AlertRaised)
        world.alerts.append(event)

    bus.listen((AlertRaised,), note)
    await outbox.start()
    await bus.start()
    await gateway.start()
    answering = asyncio.create_task(_answer_all(database)) if answers else None
    try:
        yield world
    finally:
        if answering is not None:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
        await gateway.stop()
        await bus.stop(1.0)
        await outbox.stop()


@asynccontextmanager
async def served(
    fake: FakeTelegram, database: Database, settings: GatewaySettings, timing: RouteTiming
) -> AsyncGenerator[Site]:
    """A started gateway behind a real HTTP server."""
    async with running(fake, database, settings, timing=timing) as world:
        app = FastAPI()
        add_routes(app, *world.gateway.routers)
        server = LoopbackServer(app)
        await server.start()
        try:
            yield Site(world, server.url)
        finally:
            await server.stop()


async def answer_next(database: Database) -> Turn | None:
    """Answer the turn that is due: an echo, or an escalation where a person is wanted."""
    turn = await database.write(claim_turn)
    if turn is None:
        return None
    messages = await database.read(lambda connection: turn_messages(connection, turn))
    question = "\n".join(message.text for message in messages)
    cites = "return" in question
    unsure = "perhaps" in question
    shows = any(message.kind in FOR_PEOPLE for message in messages)
    wants_person = unsure or shows or any(message.kind == "person" for message in messages)
    why = "low_confidence" if unsure else "attachment" if shows else "asked_for_person"
    outcome = Outcome(
        question=question,
        decision="escalate" if wants_person else "answer",
        reason=why if wants_person else "answered",
        text="Perhaps on Monday." if unsure else "",
        shown="A person will answer." if wants_person else f"Echo: {question or messages[0].kind}",
        confidence=0.1 if "nonsense" in question else 0.4 if unsure else 0.0 if wants_person else 0.95,
        language=turn.language if turn.language in LANGUAGES else "en",
        citations=CITATIONS if cites and not wants_person else (),
        hints=CITATIONS if cites and unsure else (),
        passages=PASSAGES if cites else (),
    )
    await database.write(lambda tx: finish_turn(tx, turn, outcome))
    return turn


async def _answer_all(database: Database) -> None:
    while True:
        if await answer_next(database) is None:
            await asyncio.sleep(0.01)
