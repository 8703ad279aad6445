"""The web chat and the inbox on one origin and one database, with a hand that answers in the machine's place."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Sequence

import httpx
from fastapi import FastAPI

from supportbot.admin_api import app as admin_api
from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.oidc.opener import SignInWith
from supportbot.common.bus.local import LocalBus
from supportbot.common.cache.memory import MemoryCache
from supportbot.common.cache.port import Cache
from supportbot.common.contracts import CitationData, PassageData
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.people_there import PeopleThere
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Outcome, claim_turn, finish_turn
from supportbot.common.web.routes import add_routes
from supportbot.gateway.adapters.web_conversations import SqlWebConversations
from supportbot.gateway.entrypoints.web_chat import WebChat, WebChatDependencies
from supportbot.gateway.entrypoints.web_events import StreamLimits
from tests.fakes.files import FilesInMemory

PASSAGE = "You can return it.\n\nYou have 30 days\nfrom delivery. Keep the receipt."
QUOTE = "You have 30 days from delivery."
UPLOAD_LIMIT = 100_000
STREAMS = StreamLimits()
PEOPLE = PeopleThere()
SIGNING_KEY = "a-key-of-the-tests-that-signs-nothing-of-value"
STARTERS = {"en": ["How do I return it?"], "ru": ["Как вернуть товар?"]}


class Stage:
    """Both pages over one database."""

    def __init__(
        self,
        database: Database,
        *,
        per_minute: int = 100,
        per_address: int = 100,
        streams: StreamLimits = STREAMS,
        cache: Cache | None = None,
        sign_in_with: SignInWith | None = None,
        people: PeopleThere = PEOPLE,
    ) -> None:
        self.database = database
        self.files = FilesInMemory()
        self.bus = LocalBus()
        self.events: list[Event] = []
        self._publishing: set[asyncio.Task[None]] = set()
        database.after_commit(self._publish)
        self.chat = WebChat(
            WebChatDependencies(
                database,
                self.bus,
                SqlWebConversations(database, people_answer=people.answer),
                cache or MemoryCache(),
                self.files,
                "Acme",
                starters=STARTERS,
                people=people,
                inbox_path="/inbox",
                messages_per_minute=per_minute,
                messages_per_address=per_address,
                streams=streams,
            )
        )
        self.tokens = Tokens(SIGNING_KEY, 3600)
        self.inbox = admin_api.build(
            admin_api.Dependencies(
                database,
                self.bus,
                self.files,
                UPLOAD_LIMIT,
                self.tokens,
                chat_path="/",
                company="Acme",
                sign_in_with=sign_in_with,
            )
        )
        self.app = FastAPI()
        add_routes(self.app, *self.inbox.routers, self.chat.router)

    def client(self, *, peer: str = "127.0.0.1", origin: str = "http://localhost:5000") -> httpx.AsyncClient:
        """A browser of its own."""
        transport = httpx.ASGITransport(self.app, client=(peer, 40000))
        return httpx.AsyncClient(transport=transport, base_url=origin)

    async def answer(
        self,
        text: str = "You have 30 days. [1]",
        *,
        question: str = "How long?",
        decision: str = "answer",
        title: str = "Returns",
        confidence: float = 0.9,
        quotes: Sequence[str] = (QUOTE,),
        right_of_such: float | None = None,
    ) -> str:
        """Finish the oldest due turn; returns the reply's key."""
        turn = await self.database.write(claim_turn)
        assert turn is not None
        citations = [CitationData(document="en/returns.md", title=title, quote=quote) for quote in quotes]
        passage = PassageData(document="en/returns.md", title=title, text=PASSAGE, score=0.8)
        outcome = Outcome(
            question=question,
            decision=decision,
            reason="answered" if decision == "answer" else "low_confidence",
            text=text,
            shown=text,
            confidence=confidence,
            language="en",
            citations=tuple(citations),
            passages=(passage,),
            trace={"right_of_such": right_of_such},
        )
        return await self.database.write(lambda tx: finish_turn(tx, turn, outcome))

    async def settle(self) -> None:
        """Wait until every event so far has been handed on."""
        while self._publishing:
            await asyncio.gather(*self._publishing)

    def _publish(self, events: Sequence[Event]) -> None:
        self.events.extend(events)
        for event in events:
            task = asyncio.get_running_loop().create_task(self.bus.publish(event))
            self._publishing.add(task)
            task.add_done_callback(self._publishing.discard)


@contextlib.asynccontextmanager
async def staged(
    database: Database,
    *,
    per_minute: int = 100,
    per_address: int = 100,
    streams: StreamLimits = STREAMS,
    cache: Cache | None = None,
    sign_in_with: SignInWith | None = None,
    people: PeopleThere = PEOPLE,
) -> AsyncGenerator[Stage]:
    """A stage that hears live events, and is stopped at the end."""
    stage = Stage(
        database,
        per_minute=per_minute,
        per_address=per_address,
        streams=streams,
        cache=cache,
        sign_in_with=sign_in_with,
        people=people,
    )
    stage.chat.start()
    await stage.inbox.start()
    yield stage
    await stage.chat.stop()
    await stage.inbox.stop()
    await stage.settle()


def first_conversation(html: str) -> str:
    """The id of the list's first row."""
    found = re.search(r'class="row" data-id="([0-9a-f-]{36})"', html)
    assert found, "the list is empty"
    return found.group(1)
