"""The table of what services say of themselves. See tables.py for the others."""

from sqlalchemy import Column, String, Table

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import json_type, metadata

standings = Table(
    "standings",
    metadata,
    Column("name", String(64), primary_key=True),  # of a service, as in its logs
    Column("told", json_type, nullable=False),  # settings that operators may see, and how its channels are
    Column("told_at", UtcDateTime(), nullable=False),
)
