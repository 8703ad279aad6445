"""The tables of the people who work with the product: who they are, where they are signed in, what they did."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import json_type, metadata

operators = Table(
    "operators",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("login", String(80), nullable=False),  # in small letters
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(8), nullable=False, server_default=""),  # empty: what the browser prefers
    Column("password_hash", Text(), nullable=False),
    Column("totp_secret", String(64)),
    Column("totp_step", BigInteger(), nullable=False, server_default="0"),  # of the newest code that was taken
    Column("version", Integer(), nullable=False, server_default="1"),
    Column("disabled_at", UtcDateTime()),
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("login"),
    CheckConstraint("role IN ('viewer', 'operator', 'knowledge_editor', 'admin')", name="role"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("operator_id", Uuid(), ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    Column("address", String(64), nullable=False),
    Column("program", String(200), nullable=False),  # the browser's own word
    Column("created_at", UtcDateTime(), nullable=False),
    Column("renewed_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("revoked_at", UtcDateTime()),
    Column("id_token", Text()),  # with which a provider vouched for them, to be signed out there too; empty: not known
    Index("ix_sessions_operator", "operator_id", "created_at"),
    Index("ix_sessions_expires_at", "expires_at"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("session_id", Uuid(), ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("used_at", UtcDateTime()),  # whoever brings it later has stolen it, or was stolen from
    Index("ix_refresh_tokens_session", "session_id"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("account", String(64), nullable=False),  # hash of the name that was typed, which may be a password
    Column("address", String(64), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_sign_in_attempts_account", "account", "at"),
    Index("ix_sign_in_attempts_address", "address", "at"),
    Index("ix_sign_in_attempts_at", "at"),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(255), primary_key=True),  # of the OpenID provider
    Column("subject", String(255), primary_key=True),  # what it calls the person, for good
    Column("operator_id", Uuid(), ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("operator_id", "issuer"),
)

set_up_codes = Table(
    "set_up_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("created_at", UtcDateTime(), nullable=False),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("actor_id", Uuid()),  # of an operator or a key; it stays when they are gone
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("details", json_type, nullable=False),
    Column("address", String(64), nullable=False),
    Index("ix_audit_entries_at", "at"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("operator_id", Uuid(), ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    Column("taken_at", UtcDateTime(), nullable=False),
    Index("ix_assignments_operator", "operator_id"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("author", String(80), nullable=False),  # by name, as it was then; never shown to users
    Column("text", Text(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_notes_conversation", "conversation_id", "created_at"),
)
