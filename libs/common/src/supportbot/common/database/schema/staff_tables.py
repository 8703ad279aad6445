"""The tables of what staff do in Telegram. See tables.py for the others."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.tables import metadata

staff_places = Table(
    "staff_places",
    metadata,
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("bot", String(32), nullable=False),
    Column("chat", BigInteger(), nullable=False),  # the staff group, or the chat of the one who took it
    Column("topic", Integer()),  # in the group; empty until Telegram has made it, and always in a private chat
    Column("is_open", Boolean(), nullable=False, server_default=text("true")),
    Column("told_seq", Integer(), nullable=False, server_default="0"),  # newest message that staff know of
    Column("told_out", Integer(), nullable=False, server_default="0"),  # newest reply that they know of
    Column("told_mode", String(8), nullable=False, server_default=""),  # who answers, as they know; empty: not noted
    Column("reminded_seq", Integer(), nullable=False, server_default="0"),  # newest message that they were reminded of
    Column("card", Text(), nullable=False, server_default=""),  # with what a topic begins that is made anew
    Index("ix_staff_places_topic", "chat", "topic"),
)

relays = Table(
    "relays",
    metadata,
    Column("bot", String(32), primary_key=True),
    Column("person_chat", BigInteger(), primary_key=True, autoincrement=False),
    Column("person_message", BigInteger(), primary_key=True, autoincrement=False),
    Column("staff_chat", BigInteger(), primary_key=True, autoincrement=False),
    Column("staff_message", BigInteger(), primary_key=True, autoincrement=False),
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("from_staff", Boolean(), nullable=False),
    Index("ix_relays_staff", "bot", "staff_chat", "staff_message"),
    Index("ix_relays_conversation", "conversation_id"),
)

# Where versions before revision 0021 keep notes; nothing reads it any more, and a later release drops it.
staff_notes = Table(
    "staff_notes",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("author", Text(), nullable=False),
    Column("text", Text(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_staff_notes_conversation", "conversation_id", "created_at"),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("text", Text(), nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("reply_key", String(160), primary_key=True),  # of the word that it was closed
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("stars", Integer(), nullable=False),
    Column("given_at", UtcDateTime(), nullable=False),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
    Index("ix_ratings_conversation", "conversation_id"),
    Index("ix_ratings_given_at", "given_at", "stars"),
)
