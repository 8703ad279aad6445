"""The table of settings that administrators change while everything runs. See tables.py for the others."""

from sqlalchemy import Column, String, Table

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import json_type, metadata

chosen_settings = Table(
    "chosen_settings",
    metadata,
    Column("name", String(64), primary_key=True),  # of the environment variable that holds where there is no row
    Column("value", json_type, nullable=False),
    Column("chosen_by", String(80), nullable=False),  # by name, as it was then
    Column("chosen_at", UtcDateTime(), nullable=False),
)
