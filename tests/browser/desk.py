"""A desk with something on it: documents, questions answered and not, a colleague signed in, served to a browser."""

import asyncio
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn
from sqlalchemy import update

from supportbot.answerer import app as answerer
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.chosen_settings import THRESHOLD, choose
from supportbot.common.database.conversations import close
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.schema.tables import escalations
from supportbot.common.database.standings import tell_standing
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.turns import Outcome
from supportbot.common.database.web_sources import add_source, end_look
from supportbot.common.files.refusals import refused_text
from tests.browser.sent import files_in_conversation
from tests.integration.api_stage import DOCUMENTS, ApiStage
from tests.integration.signing_in import added
from tests.integration.test_api_answers import ESCALATED, ask, escalation, reply

ARTICLES: Final = Path(__file__).parents[2] / "services/standalone/src/supportbot/standalone/sample"
ANSWERED: Final = Outcome("", "answer", "answered", "30 days.", "30 days.", 0.9, "en", trace={"right_of_such": 0.95})
QUESTIONS: Final = (
    "How long can I return it?",
    "Do you deliver on Sundays?",
    "Как вернуть товар?",
    "Where is my parcel?",
)
COURIER: Final = {"courier-2024.md": 20, "courier.md": 30, "parcels.md": 30}
"""What three documents say, one of them something else."""
SAID: Final = "Parcels of up to {most} kilograms are brought by the courier to every address in the whole of the city."
UNKNOWN: Final = "Do you ship to Norway?"
_FEW: Final = 8
_ASKED: Final = 24


@dataclass(frozen=True)
class Desk:
    """Where it is served, and what is on it."""

    address: str
    stage: ApiStage
    document: str
    conversation: str
    files: str
    """The conversation with files in it."""


@asynccontextmanager
async def served_desk(folder: Path, database: Database) -> AsyncGenerator[Desk]:
    """Everything on it at once; the answerer answers what is tried."""
    stage = ApiStage(folder, database)
    await stage.service.start()
    await added(database)
    async with stage.indexing() as (_, index):
        settings = AnswererSettings(_env_file=None, openai_api_key="")
        machine = answerer.build(answerer.Dependencies(database, LocalBus(), index, settings))
        document, conversation = await _documents(stage), await _conversations(database)
        files = await files_in_conversation(database, stage.files)
        await machine.start()  # after these: it would take their questions
        await database.write(lambda tx: tell_standing(tx, "gateway", _GATEWAY))
        await database.write(_sources)
        await database.write(lambda tx: choose(tx, THRESHOLD, 0.65, by="Anna"))
        async with serving(stage) as address:
            yield Desk(address, stage, document, conversation, files)
        await machine.stop()
    await stage.service.stop()


async def _documents(stage: ApiStage) -> str:
    files = sorted(ARTICLES.rglob("*.md"))[:_FEW]
    async with stage.client() as client:
        for file in files:
            await client.post(DOCUMENTS, files={"file": (file.name, file.read_bytes())})
        await client.post(DOCUMENTS, files={"file": ("prices.md", b"%PDF-1.7 not what its name says")})
        for name, most in COURIER.items():
            await client.post(DOCUMENTS, files={"file": (name, f"# Courier\n\n{SAID.format(most=most)}\n".encode())})
        first = f"~uploads/{files[0].name}"
        for document in (first, *(f"~uploads/{name}" for name in COURIER)):
            while (await client.get(f"{DOCUMENTS}/{document}")).json().get("state") != "live":  # noqa: ASYNC110  # whoever indexes says nothing here
                await asyncio.sleep(0.05)
        limited = {"audience": "operators", "tags": ["internal", "2026"]}
        await client.patch(f"{DOCUMENTS}/~uploads/{files[2].name}", json=limited, headers={"If-Match": "*"})
    return first


async def _conversations(database: Database) -> str:
    chance = random.Random(3)  # the same desk at each run
    for number in range(_ASKED):
        if number % 4:
            sure = replace(ANSWERED, confidence=chance.uniform(0.7, 0.99))
            conversation, key = await ask(database, QUESTIONS[number % len(QUESTIONS)], sure)
            vote = -1 if number % 5 == 0 else 1
            await database.write(lambda tx, c=conversation, k=key, v=vote: record_vote(tx, c, reply_key=k, vote=v))  # type: ignore[misc]
        else:
            unsure = replace(ESCALATED, confidence=chance.uniform(0.1, 0.69))
            conversation, _ = await ask(database, UNKNOWN, unsure)
    await reply(database, conversation, "Yes, within 9 days.")
    await database.write(lambda tx: close(tx, conversation))
    letter = await escalation(database, "A question that nobody could finish, long enough to be wrapped on a phone")
    dead = update(escalations).where(escalations.c.id == letter).values(dead_letter=True)
    await database.write(lambda tx: tx.execute(dead))
    return str(conversation)


async def _sources(tx: Transaction) -> None:
    """One fetched, one that cannot be had, one that waits."""
    for path in ("help/sitemap.xml", "delivery", "a/page/whose/address/is/longer/than/a/phone/is/wide/and/wider.html"):
        await add_source(tx, f"https://shop.example/{path}", "page", by="Anna")
    day = 24 * 3600.0
    await end_look(tx, "https://shop.example/help/sitemap.xml", pages=31, failed=0, error="", again_s=day)
    said = refused_text("web_address", address="https://shop.example/delivery")
    await end_look(tx, "https://shop.example/delivery", pages=0, failed=1, error=said, again_s=900)


_BOT: Final[dict[str, Any]] = {"updates": "webhook", "why": "Telegram delivers", "problem": None}
_GATEWAY: Final[dict[str, Any]] = {
    "settings": {"USER_MESSAGES_PER_MINUTE": 20, "TELEGRAM_SENDS_PER_SECOND": 25, "WORKING_HOURS": ""},
    "bots": {
        "telegram_7112233": {**_BOT, "since": datetime.now(UTC).isoformat()},
        "telegram_7112244": {**_BOT, "updates": "polling", "since": None, "problem": "the token is wrong"},
    },
}


@asynccontextmanager
async def serving(stage: ApiStage) -> AsyncGenerator[str]:
    """The stage on a port of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(stage.app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  # uvicorn offers no event
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await serving
