"""The table of files in conversations. See tables.py for the others."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Uuid, text

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import metadata

wanted = text("state = 'wanted'")
"""Files that somebody waits for, for the partial index, as in tables.py."""

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("bot", String(32), nullable=False),  # whose token opens it at Telegram; empty for what staff sent
    Column("seq", Integer()),  # of the person's message that it came with
    Column("out_seq", Integer()),  # of the reply that it goes with
    Column("kind", String(16), nullable=False),  # photo, document, voice, …
    Column("name", String(255), nullable=False, server_default=""),
    Column("size", BigInteger()),  # in bytes, where it is known
    Column("file_id", String(256)),  # where Telegram keeps it
    Column("digest", String(64)),  # SHA-256 of the content, where we have it
    Column("state", String(16), nullable=False),  # known, wanted, here or failed; see attachments.py
    Column("problem", String(16), nullable=False, server_default=""),  # why it is not to be had
    Column("state_at", UtcDateTime(), nullable=False),  # since when
    CheckConstraint("state IN ('known', 'wanted', 'here', 'failed')", name="state"),
    Index("ix_attachments_conversation", "conversation_id", "seq"),
    Index("ix_attachments_digest", "digest"),
    Index("ix_attachments_wanted", "bot", "state_at", postgresql_where=wanted, sqlite_where=wanted),
)
