"""The tables of alerts and of mails on their way. See tables.py for the others."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, Uuid, text

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import json_type, metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", Uuid(), primary_key=True),  # of the event
    Column("kind", String(64), nullable=False),
    Column("severity", String(16), nullable=False),  # warning, critical
    Column("text", Text(), nullable=False),
    Column("raised_at", UtcDateTime(), nullable=False),
    Column("mail_id", Uuid(), nullable=True),  # the mail that tells of it
    Index("ix_alerts_raised_at", "raised_at"),
)

mails = Table(
    "mails",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("key", String(80), nullable=False, unique=True),  # what it is about: no two mails are about the same
    Column("kind", String(16), nullable=False),  # alerts, report
    Column("subject", Text(), nullable=False),
    Column("body", Text(), nullable=False),
    Column("html", Text(), nullable=False),
    Column("recipients", json_type, nullable=False),  # whoever has not got it yet
    Column("state", String(16), server_default="waiting", nullable=False),  # waiting, sent, failed
    Column("attempts", Integer(), server_default="0", nullable=False),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("token", Uuid(), nullable=True),  # of whoever sends it now
    Column("error", Text(), server_default="", nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime(), nullable=True),
    Index(
        "ix_mails_due_at",
        "due_at",
        postgresql_where=text("state = 'waiting'"),
        sqlite_where=text("state = 'waiting'"),
    ),
)
