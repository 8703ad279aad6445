"""What people chose for themselves in Telegram."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.people_tables import people
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody beside their conversations."""

    language: str | None = None
    is_banned: bool = False


async def person_known(connection: AsyncConnection, bot: BotId, person: int) -> Person:
    """What a person chose, and whether staff want to hear from them."""
    row = (await connection.execute(_known(), {"of_bot": bot, "of_person": person})).one_or_none()
    return Person() if row is None else Person(row.language, row.banned_by is not None)


@prepared
def _known() -> Select[Any]:
    c = people.c
    return select(c.language, c.banned_by).where(c.bot == bindparam("of_bot"), c.person == bindparam("of_person"))


async def language_read_by(connection: AsyncConnection, bot: BotId, person: int) -> str | None:
    """The language that somebody chose, or else that of their app as it was last; None where we know neither."""
    c = conversations.c
    chosen = (await person_known(connection, bot, person)).language
    of_app = select(c.language).where(c.channel == "telegram", c.bot == bot, c.chat == str(person))
    return chosen or (await connection.execute(of_app)).scalar_one_or_none()


async def set_banned(tx: Transaction, bot: BotId, person: int, by: str | None) -> None:
    """Take in nothing more of what a person writes; with `by` None, take it in again."""
    row = {"bot": bot, "person": person, "banned_by": by, "changed_at": now()}
    await insert_or_update(tx, people, row, key=[people.c.bot, people.c.person])


async def choose_language(tx: Transaction, bot: BotId, person: int, language: str, chat: str) -> None:
    """Keep the language that a person chose, and use it in this chat of theirs from now."""
    c = conversations.c
    here = update(conversations).where(c.channel == "telegram", c.bot == bot, c.chat == chat)
    await tx.execute(here.values(language=language))
    row = {"bot": bot, "person": person, "language": language, "changed_at": now()}
    await insert_or_update(tx, people, row, key=[people.c.bot, people.c.person])


async def forget_person(tx: Transaction, bot: BotId, person: int) -> None:
    """Forget what a person chose; that staff do not want to hear from them stays known."""
    theirs = and_(people.c.bot == bot, people.c.person == person)
    await tx.execute(delete(people).where(theirs, people.c.banned_by.is_(None)))
    await tx.execute(update(people).where(theirs).values(language=None))
