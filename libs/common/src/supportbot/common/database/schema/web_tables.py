"""The table of web pages and sitemaps whose pages are documents. See tables.py for the others."""

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, String, Table, Text, false

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import metadata

web_sources = Table(
    "web_sources",
    metadata,
    Column("address", String(1000), primary_key=True),  # canonical
    Column("origin", String(16), nullable=False),
    Column("added_by", String(80), nullable=False),  # by name, as it was then; empty where no operator did
    Column("added_at", UtcDateTime(), nullable=False),
    Column("next_at", UtcDateTime(), nullable=False),  # when it is looked at next
    Column("begun_at", UtcDateTime()),  # of the look in work
    Column("looked_at", UtcDateTime()),
    Column("pages", Integer(), nullable=False, server_default="0"),  # that the last look found
    Column("failed", Integer(), nullable=False, server_default="0"),
    Column("error", Text(), nullable=False, server_default=""),  # of the first that failed, as it is stored
    Column("removing", Boolean(), nullable=False, server_default=false()),
    CheckConstraint("origin IN ('page', 'setting', 'command')", name="origin"),
)
