"""Which messages match on both sides: in a person's chat, and where staff talk about it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.staff_tables import relays
from supportbot.common.ids import BotId


async def twins_of_staff_message(
    connection: AsyncConnection, *, bot: BotId, chat: int, message: int
) -> Sequence[Row[Any]]:
    """The messages on the person's side that match one of staff's."""
    c = relays.c
    found = select(relays).where(c.bot == bot, c.staff_chat == chat, c.staff_message == message)
    return (await connection.execute(found)).all()


async def twins_of_person_message(
    connection: AsyncConnection, *, bot: BotId, chat: int, message: int
) -> Sequence[Row[Any]]:
    """The messages on staff's side that match one in a person's chat."""
    c = relays.c
    found = select(relays).where(c.bot == bot, c.person_chat == chat, c.person_message == message)
    return (await connection.execute(found)).all()


async def twin_of_person_message(
    connection: AsyncConnection, *, bot: BotId, chat: int, message: int, staff_chat: int
) -> int | None:
    """The message on staff's side that matches one in the person's chat."""
    c = relays.c
    here = and_(c.bot == bot, c.person_chat == chat, c.person_message == message, c.staff_chat == staff_chat)
    return (await connection.execute(select(c.staff_message).where(here).limit(1))).scalar_one_or_none()
