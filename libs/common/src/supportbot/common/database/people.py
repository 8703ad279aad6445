"""What people chose for themselves in Telegram."""

from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.people_tables import people
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId


async def chosen_language(connection: AsyncConnection, bot: BotId, person: int) -> str | None:
    """The language that a person chose, if they did."""
    found = await connection.execute(_chosen_language(), {"of_bot": bot, "of_person": person})
    language: str | None = found.scalar_one_or_none()
    return language


@prepared
def _chosen_language() -> Select[Any]:
    c = people.c
    return select(c.language).where(c.bot == bindparam("of_bot"), c.person == bindparam("of_person"))


async def choose_language(tx: Transaction, bot: BotId, person: int, language: str, chat: str) -> None:
    """Keep the language that a person chose, and use it in this chat of theirs from now."""
    c = conversations.c
    here = update(conversations).where(c.channel == "telegram", c.bot == bot, c.chat == chat)
    await tx.execute(here.values(language=language))
    row = {"bot": bot, "person": person, "language": language, "changed_at": now()}
    await insert_or_update(tx, people, row, key=[people.c.bot, people.c.person])


async def forget_person(tx: Transaction, bot: BotId, person: int) -> None:
    """Forget what a person chose."""
    await tx.execute(delete(people).where(people.c.bot == bot, people.c.person == person))
