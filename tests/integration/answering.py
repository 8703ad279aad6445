"""A shop's small knowledge base, a model behind a real server, and a question put to both."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.answerer.adapters.model_opener import OpenedModel, open_model
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.contracts import AlertRaised
from supportbot.common.contracts.envelope import decode
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.tables import outbox
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import ConversationId, DocumentId
from supportbot.common.knowledge.chunk_ids import chunk_id_for
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.languages import detect_language
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.models.breaker import Breaker, Limits
from tests.fakes.openai import KEY, FakeOpenAI

ANSWERER = "gpt-4.1-mini"
RERANKER = "gpt-4o"
SHOP = {
    "returns.md": "You can return an item within 30 days of receiving it. Courier collection costs 390 ₽.",
    "delivery.md": "Delivery by courier takes 2 days in the city. Delivery to other regions takes up to 9 days.",
    "gift-cards.md": "A gift card is valid for 365 days. A gift card cannot be exchanged for money.",
    "warranty.md": "The warranty on furniture is 24 months. Keep the receipt for the warranty.",
}
DOUBTFUL = 0.99
"""A threshold that a checked answer of a model can reach, and the search alone cannot."""
QUESTION = Question("How many days do I have to return an item?")


@dataclass
class Alarms:
    """Alarm that remembers."""

    raised: list[str] = field(default_factory=list)

    async def __call__(self, kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
        self.raised.append(f"{kind}: {text}")
        return True


@asynccontextmanager
async def shop_index(folder: Path, documents: dict[str, str] = SHOP) -> AsyncIterator[EdgeKnowledgeIndex]:
    """An embedded index that knows these documents, one passage each."""
    index = await EdgeKnowledgeIndex.open(folder)
    await fill(index, documents)
    yield index
    await index.close()


async def fill(index: KnowledgeIndex, documents: dict[str, str]) -> None:
    """Put these documents into an index, one passage each."""
    for name, text in documents.items():
        title = name.rpartition("/")[2].removesuffix(".md").replace("-", " ").capitalize()
        await index.replace(DocumentId(name), "1", [_passage(name, title, text)])


def _passage(name: str, title: str, text: str) -> Passage:
    document = DocumentId(name)
    return Passage(chunk_id_for(document, text, title=title), document, title, (), text, 0, detect_language(text))


def model_settings(server: FakeOpenAI, **values: Any) -> AnswererSettings:
    """Settings that point at the fake, whatever the environment says."""
    given = {
        "openai_api_key": KEY,
        "openai_api_base": server.base_url,
        "openai_api_version": "",
        "openai_model": ANSWERER,
        "reranking_model": RERANKER,
        "embedding_model": "",
        "rerank": "never",
        "model_timeout": 10,
        "model_retries": 2,
        "model_daily_budget": 0,
        **values,
    }
    return AnswererSettings(_env_file=None, **given)


@asynccontextmanager
async def opened(
    server: FakeOpenAI,
    alarms: Any = None,
    *,
    limits: Limits | None = None,
    database: Database | None = None,
    **values: Any,
) -> AsyncIterator[OpenedModel]:
    """The model behind the fake server."""
    breaker = Breaker(limits) if limits else None
    model = await open_model(model_settings(server, **values), alarms or Alarms(), database=database, breaker=breaker)
    assert model is not None
    yield model
    await model.close()


async def ask(index: KnowledgeIndex, model: OpenedModel, question: Question = QUESTION, *, sure: bool = True) -> Answer:
    """The answer; `sure` makes the search's own confidence enough for anything, its opposite for nothing."""
    return await AnswerQuestion(index, threshold=0.0 if sure else DOUBTFUL)(question, model.for_question())


async def conversation(database: Database) -> ConversationId:
    """A conversation with one message."""
    message = IncomingMessage("web", "", "visitor", "web:visitor", "1", "hash", "Hello")

    async def receive(tx: Transaction) -> ConversationId:
        return (await receive_message(tx, message)).conversation_id

    return await database.write(receive)


async def alerts(database: Database) -> Sequence[AlertRaised]:
    """Alerts that wait in the outbox."""

    async def look(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(outbox.c.body))).scalars())

    found = [decode(body) for body in await database.read(look)]
    return [event for event in found if isinstance(event, AlertRaised)]
