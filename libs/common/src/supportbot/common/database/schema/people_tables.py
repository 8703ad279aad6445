"""The table of what people chose for themselves in Telegram. See tables.py for the others."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import metadata

people = Table(
    "people",
    metadata,
    Column("bot", String(32), primary_key=True),
    Column("person", BigInteger(), primary_key=True, autoincrement=False),  # Telegram's id
    Column("language", String(8)),  # chosen by them; else their app's language counts
    Column("banned_by", Text()),  # of staff: what this person writes is not taken in
    Column("changed_at", UtcDateTime(), nullable=False),
)
