"""The tables of what models cost and of what the product learns from people. See tables.py for the others."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import json_type, metadata


def _of_conversation() -> Column[object]:
    """What was paid or learnt stays when the conversation is deleted."""
    return Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="SET NULL"))


model_calls = Table(
    "model_calls",
    metadata,
    Column("id", Uuid(), primary_key=True),
    _of_conversation(),
    Column("turn_to", Integer()),  # with the conversation: which question it was for
    Column("stage", String(16), nullable=False),
    Column("model", String(80), nullable=False),
    Column("prompt_tokens", Integer(), nullable=False),
    Column("completion_tokens", Integer(), nullable=False),
    Column("cost", BigInteger()),  # millionths of the currency of MODEL_PRICES; unknown where no price is set
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_model_calls_created_at", "created_at"),
    Index("ix_model_calls_conversation", "conversation_id", "created_at"),
)

paid_results = Table(
    "paid_results",
    metadata,
    Column("kind", String(16), primary_key=True),  # embedding or context
    Column("model", String(120), primary_key=True),
    Column("digest", String(64), primary_key=True),  # SHA-256 of the text
    Column("result", LargeBinary(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
)

faq_entries = Table(
    "faq_entries",
    metadata,
    Column("id", Uuid(), primary_key=True),
    _of_conversation(),  # in which a person gave the answer first
    Column("document", String(512), nullable=False),  # as which it is searched
    Column("answer", Text(), nullable=False),
    Column("language", String(8), nullable=False),
    Column("reviewed_by", String(80), nullable=False),  # name of the key
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    UniqueConstraint("document"),
    Index("ix_faq_entries_conversation", "conversation_id"),
)

faq_questions = Table(
    "faq_questions",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("entry_id", Uuid(), ForeignKey("faq_entries.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text(), nullable=False),
    Column("key", String(64), nullable=False),  # the same for questions of the same words
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("key"),
    Index("ix_faq_questions_entry", "entry_id", "created_at"),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("slope", Float(), nullable=False),
    Column("intercept", Float(), nullable=False),
    Column("ratings", Integer(), nullable=False),
    Column("report", json_type, nullable=False),  # what was measured before and after
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_calibrations_created_at", "created_at"),
)

untaken = text("taken_at IS NULL")
"""Trials that wait, for the partial index: as text, see `pending` in tables.py."""

trials = Table(
    "trials",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("question", Text(), nullable=False),
    Column("asked_by", String(80), nullable=False),  # by name, as it was then
    Column("asked_at", UtcDateTime(), nullable=False),
    Column("taken_at", UtcDateTime()),  # by whoever answers it
    Column("answered_at", UtcDateTime()),
    Column("result", json_type),  # the decision with its whole trace, or why there is none
    Index("ix_trials_untaken", "asked_at", postgresql_where=untaken, sqlite_where=untaken),
    Index("ix_trials_asked_at", "asked_at"),
)

resolutions = Table(
    "resolutions",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer(), nullable=False),  # newest message when it was closed
    Column("opened_at", UtcDateTime(), nullable=False),  # when the first message since the closing before came
    Column("closed_at", UtcDateTime(), nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    Index("ix_resolutions_closed_at", "closed_at"),
)
