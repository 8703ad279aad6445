"""The inbox, its search and its API never look at all conversations or messages."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from supportbot.admin_api.inbox.listing import chosen, each_conversation, newest_first, waiting_count
from supportbot.admin_api.inbox.repository import version_of
from supportbot.admin_api.inbox.schemas import Asked, View
from supportbot.admin_api.inbox.search import search
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId, uuid7
from tests.bench.inbox.seeding import Amount, seed
from tests.contract.database.test_plans import plans_of, reads_all_of
from tests.servers.address import PostgresAddress

SOME = Amount(conversations=20_000, messages=40_000)
VIEWS: tuple[View, ...] = ("waiting", "mine", "unassigned", "snoozed")


@pytest.fixture
async def filled(
    postgres_database: PostgresDatabase, postgres_address: PostgresAddress, postgres_name: str
) -> PostgresDatabase:
    await seed(postgres_address.url(postgres_name), SOME)
    return postgres_database


async def test_no_statement_of_the_inbox_reads_all_conversations_or_messages(filled: PostgresDatabase) -> None:
    mine = uuid4()
    asks: dict[str, Callable[[Transaction], Awaitable[Any]]] = {
        **{f"ids of {view}": lambda tx, view=view: tx.execute(chosen(Asked(view), mine)) for view in VIEWS},  # type: ignore[misc]  # bound at once
        "closed": lambda tx: tx.execute(newest_first(Asked("closed"))),
        "all": lambda tx: tx.execute(newest_first(Asked("all"))),
        "page": lambda tx: tx.execute(_page()),
        "some": lambda tx: tx.execute(each_conversation().where(conversations.c.id.in_([uuid7() for _ in range(50)]))),
        "waiting": lambda tx: tx.execute(waiting_count()),
        "search": lambda tx: search(tx.connection, "delivery w12"),
        "version": lambda tx: version_of(tx.connection, ConversationId(uuid7())),
    }
    for name, ask in asks.items():
        for plan in await plans_of(filled, ask):
            assert not reads_all_of(plan, "conversations"), f"{name}\n{plan}"
            assert not reads_all_of(plan, "messages"), f"{name}\n{plan}"
            assert not reads_all_of(plan, "outbound"), f"{name}\n{plan}"


def _page() -> Any:
    return newest_first(Asked("all")).order_by(None).order_by(conversations.c.id.desc()).limit(50)
