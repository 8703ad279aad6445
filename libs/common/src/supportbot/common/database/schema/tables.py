"""The tables. Migrations create them; a test compares these definitions with a migrated database."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.beside_writes import BESIDE_WRITES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
json_type = JSON().with_variant(JSONB(), "postgresql")
pending = text("last_seq > done_seq AND mode = 'machine'")
"""Conversations in which something waits for the machine. As text, because a partial index only serves statements that
repeat its condition word for word, without parameters."""


def _conversation() -> Column[object]:
    return Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)


conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("channel", String(16), nullable=False),  # web or telegram
    Column("bot", String(32), nullable=False),  # empty for web
    Column("chat", String(128), nullable=False),  # Telegram's chat id, or the hash of a web visitor's key
    Column("user_name", Text(), nullable=False, server_default=""),
    Column("language", String(8), nullable=False, server_default="und"),
    Column("last_seq", Integer(), nullable=False, server_default="0"),  # newest message
    Column("done_seq", Integer(), nullable=False, server_default="0"),  # newest message that was dealt with
    Column("turn_to", Integer()),  # newest message of the turn in work
    Column("due_at", UtcDateTime(), nullable=False),  # when the next turn may be claimed, or a claim ends
    Column("token", Uuid()),  # of the worker that holds the turn
    Column("attempts", Integer(), nullable=False, server_default="0"),
    Column("out_seq", Integer(), nullable=False, server_default="0"),  # newest reply
    Column("mode", String(8), nullable=False, server_default="machine"),
    Column("context_seq", Integer(), nullable=False, server_default="0"),  # up to here, nothing is referred to again
    Column("context_out_seq", Integer(), nullable=False, server_default="0"),  # the same for replies
    Column("unreachable", Boolean(), nullable=False, server_default=text("false")),  # blocked us, or is gone
    Column("created_at", UtcDateTime(), nullable=False),
    Column("active_at", UtcDateTime(), nullable=False),  # newest message or reply
    UniqueConstraint("channel", "bot", "chat"),
    CheckConstraint("mode IN ('machine', 'person', 'closed')", name="mode"),
    Index("ix_conversations_due", "due_at", postgresql_where=pending, sqlite_where=pending),
    Index("ix_conversations_active", "active_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid(), primary_key=True),
    _conversation(),
    Column("seq", Integer(), nullable=False),
    Column(
        "kind", String(16), nullable=False
    ),  # text, person (asks for one), or what cannot be read: sticker, voice, …
    Column("text", Text(), nullable=False),
    Column("external_id", BigInteger()),  # Telegram's message_id
    Column("file_id", String(256)),  # of a recording: where Telegram keeps it
    Column("replies_to", BigInteger()),  # Telegram's id of the message that it answers
    Column("superseded_by", Uuid()),  # the edit that took its place
    Column("traceparent", String(64)),  # the trace that the message's arrival began
    Column("received_at", UtcDateTime(), nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    Index("ix_messages_external", "conversation_id", "external_id"),
)

updates = Table(
    "updates",
    metadata,
    Column("bot", String(64), primary_key=True),  # for web: `web:` and the hash of the visitor's key
    Column("update_id", String(64), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("received_at", UtcDateTime(), nullable=False),
    Index("ix_updates_received_at", "received_at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("bot", String(64), nullable=False),
    Column("update_id", String(64)),
    Column("reason", Text(), nullable=False),
    Column("body", Text(), nullable=False),
    Column("received_at", UtcDateTime(), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid(), primary_key=True),  # the event's message_id
    Column("body", Text(), nullable=False),
    Column("headers", json_type, nullable=False),  # trace context
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_outbox_created_at", "created_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Uuid(), primary_key=True),
    _conversation(),
    Column("turn_from", Integer(), nullable=False),
    Column("turn_to", Integer(), nullable=False),
    Column("question", Text(), nullable=False),
    Column("decision", String(16), nullable=False),  # answer, escalate or reply
    Column("confidence", Float(), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("text", Text(), nullable=False),
    Column("language", String(8), nullable=False),
    Column("citations", json_type, nullable=False),
    Column("passages", json_type, nullable=False),
    Column("trace", json_type, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_answers_turn", "conversation_id", "turn_to"),
    Index("ix_answers_created_at", "created_at", "decision", info=BESIDE_WRITES),
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Uuid(), primary_key=True),
    _conversation(),
    Column("answer_id", Uuid(), ForeignKey("answers.id", ondelete="SET NULL")),
    Column("turn_to", Integer(), nullable=False),
    Column("question", Text(), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("dead_letter", Boolean(), nullable=False, server_default=text("false")),
    Column("state", String(16), nullable=False, server_default="open"),  # open, answered or superseded (by an edit)
    Column("staff_told_at", UtcDateTime()),
    Column("reminded_at", UtcDateTime()),  # when staff were told once more that nobody took it
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_escalations_state", "state", "created_at"),
    Index("ix_escalations_conversation", "conversation_id"),
    Index("ix_escalations_answer", "answer_id"),
)

unsettled = text("status IN ('waiting', 'sending', 'uncertain')")
"""Replies with which something has yet to happen, for the partial index in the same way."""

outbound = Table(
    "outbound",
    metadata,
    Column("reply_key", String(160), primary_key=True),  # conversation:out_seq:part, `…:repeat` for a repeat
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE")),
    Column("lane", String(160), nullable=False),  # what must stay in order: a conversation, or a staff chat
    Column("out_seq", BigInteger(), nullable=False),
    Column("part", Integer(), nullable=False, server_default="0"),
    Column("repeat", Integer(), nullable=False, server_default="0"),
    Column("author", String(16), nullable=False),  # machine, person, staff_notice, or act: what changes a message
    Column("author_name", Text(), nullable=False, server_default=""),
    Column("channel", String(16), nullable=False),
    Column("bot", String(32), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("body", Text(), nullable=False),
    Column("details", json_type, nullable=False),  # what the channel may show beside it: citations, confidence, …
    Column("turn_from", Integer()),
    Column("turn_to", Integer()),
    Column("traceparent", String(64)),
    Column("status", String(16), nullable=False),  # see Status in outbound.py
    Column("token", Uuid()),  # of the sender that is sending it
    Column("not_before", UtcDateTime(), nullable=False),
    Column("resolve_at", UtcDateTime()),  # of an uncertain one: when it is repeated
    Column("attempts", Integer(), nullable=False, server_default="0"),
    Column("external_id", BigInteger()),  # Telegram's message_id
    Column("error", Text()),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("sent_at", UtcDateTime()),
    Index("ix_outbound_order", "lane", "out_seq", "part", "repeat"),
    Index("ix_outbound_unsettled", "bot", "status", "not_before", postgresql_where=unsettled, sqlite_where=unsettled),
    Index("ix_outbound_conversation", "conversation_id"),
    Index("ix_outbound_external", "bot", "chat", "external_id"),
)

bots = Table(
    "bots",
    metadata,
    Column("bot", String(32), primary_key=True),
    Column("sender", Uuid()),  # token of the one active sender
    Column("sender_until", UtcDateTime(), nullable=False),
    Column("poller", Uuid()),  # token of the one replica that polls
    Column("poller_until", UtcDateTime(), nullable=False),
)

chat_pauses = Table(
    "chat_pauses",
    metadata,
    Column("bot", String(32), primary_key=True),
    Column("chat", BigInteger(), primary_key=True, autoincrement=False),  # Telegram's id, whatever the topic
    Column("seconds", Float(), nullable=False),  # how long Telegram wants to be left alone
    Column("until", UtcDateTime(), nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("reply_key", String(160), primary_key=True),
    _conversation(),
    Column("vote", Integer(), nullable=False),
    Column("reason", String(16)),  # why it did not help: wrong, other_question, unclear or else
    Column("given_at", UtcDateTime(), nullable=False),
    CheckConstraint("vote IN (-1, 1)", name="vote"),
    Index("ix_feedback_conversation", "conversation_id"),
    Index("ix_feedback_given_at", "given_at", "vote", info=BESIDE_WRITES),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("conversation_id", Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("turn_to", Integer(), primary_key=True),
    Column("stage", String(32), primary_key=True),
    Column("input_hash", String(64), primary_key=True),
    Column("configuration", String(64), primary_key=True),
    Column("result", json_type, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(512), primary_key=True),  # path below the documents folder; `~uploads/name` for uploads
    Column("origin", String(16), nullable=False),  # folder, given (by a command), sample or upload
    Column("location", Text(), nullable=False),  # where the file is; of an upload, the digest of its content
    Column("given_from", Text()),  # where the file was copied from, if it was
    Column("title", Text(), nullable=False, server_default=""),
    Column("language", String(8), nullable=False, server_default="und"),
    Column("state", String(16), nullable=False),  # waiting, ready, failed, removing or retired
    Column("version", String(64), nullable=False),  # hash of the newest content
    Column("fingerprint", Text(), nullable=False, server_default=""),  # of the file: same means same content
    Column("indexed_version", String(64)),  # hash of the content that serves
    Column("passages", Integer(), nullable=False, server_default="0"),
    Column("size", BigInteger(), nullable=False, server_default="0"),
    Column("error", Text()),  # why it failed, or waits longer
    Column("warning", Text()),  # what is not quite right with what serves
    Column("token", Uuid()),  # of the worker that is at it
    Column("due_at", UtcDateTime(), nullable=False),  # when it may be claimed, or a claim ends
    Column("attempts", Integer(), nullable=False, server_default="0"),
    Column("updated_at", UtcDateTime(), nullable=False),
    Column("received_at", UtcDateTime()),  # when this content came in
    Column("indexed_at", UtcDateTime()),  # since when what serves serves
    Column("stage", String(16), nullable=False, server_default="received"),  # see Stage in document_progress.py
    Column("activity", String(16), nullable=False, server_default=""),  # what is being done to reach the next one
    Column("done", Integer(), nullable=False, server_default="0"),  # of it, of `total`
    Column("total", Integer(), nullable=False, server_default="0"),
    Column("stage_at", UtcDateTime()),  # since when that is being done
    Column("begun_at", UtcDateTime()),  # when this content was taken up for the first time
    Column("tries", Integer(), nullable=False, server_default="0"),  # how often it was taken up
    Column("serving", Integer()),  # of an upload: number of the version that serves
    Column("audience", String(16), nullable=False, server_default="public"),  # public or operators
    Column("tags", json_type),  # what somebody filed it under
    Column("language_given", String(8)),  # of its passages, where somebody said so
    Column("expires_at", UtcDateTime()),  # from when on nobody finds it
    Column("revision", Integer(), nullable=False, server_default="1"),  # of these, for whoever changes them
    Column("access_due", Boolean(), nullable=False, server_default=text("false")),  # the index has yet to hear of it
    Index("ix_documents_state", "state", "due_at"),
)

document_versions = Table(
    "document_versions",
    metadata,
    Column("document", String(512), primary_key=True),  # of an upload; no foreign key: both go in one transaction
    Column("number", Integer(), primary_key=True, autoincrement=False),  # counted from 1
    Column("digest", String(64), nullable=False),  # SHA-256 of the content
    Column("size", BigInteger(), nullable=False, server_default="0"),
    Column("title", Text(), nullable=False, server_default=""),
    Column("passages", Integer(), nullable=False, server_default="0"),
    Column("restored", Integer()),  # number of the version that it brought back
    Column("error", Text()),  # why it never served
    Column("received_at", UtcDateTime(), nullable=False),
    Column("indexed_at", UtcDateTime()),  # when it began to serve, if it did
    Index("ix_document_versions_digest", "digest"),
)

document_passages = Table(
    "document_passages",
    metadata,
    Column("document", String(512), primary_key=True),  # no foreign key: both go in one transaction
    Column("version", Text(), nullable=False),  # as the index names what serves
    Column("packed", LargeBinary(), nullable=False),  # see document_passages.py
)

files = Table(
    "files",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the content
    Column("size", BigInteger(), nullable=False),
    Column("upload", Uuid(), nullable=False),  # whose chunks are this content
    Column("stored_at", UtcDateTime(), nullable=False),
)

file_chunks = Table(
    "file_chunks",
    metadata,
    Column("upload", Uuid(), primary_key=True),  # no foreign key: chunks come before their file is whole
    Column("number", Integer(), primary_key=True, autoincrement=False),
    Column("body", LargeBinary(), nullable=False),
    Column("stored_at", UtcDateTime(), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the key, which is stored nowhere
    Column("scopes", json_type, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("last_used_at", UtcDateTime()),  # to the minute
    Column("revoked_at", UtcDateTime()),
    UniqueConstraint("digest"),
)
