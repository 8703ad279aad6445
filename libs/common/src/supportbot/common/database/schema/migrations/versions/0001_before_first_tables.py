"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from supportbot.common.database.clock import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "bots",
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("sender", sa.Uuid(), nullable=True),
        sa.Column("sender_until", UtcDateTime(), nullable=False),
        sa.Column("poller", sa.Uuid(), nullable=True),
        sa.Column("poller_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot", name=op.f("pk_bots")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=128), nullable=False),
        sa.Column("user_name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="und", nullable=False),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("turn_to", sa.Integer(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("out_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("mode", sa.String(length=8), server_default="machine", nullable=False),
        sa.Column("unreachable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("active_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("mode IN ('machine', 'person', 'closed')", name=op.f("ck_conversations_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "bot", "chat", name=op.f("uq_conversations_channel_bot_chat")),
    )
    op.create_index("ix_conversations_active", "conversations", ["active_at"], unique=False)
    op.create_index(
        "ix_conversations_due",
        "conversations",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("last_seq > done_seq AND mode = 'machine'"),
        sqlite_where=sa.text("last_seq > done_seq AND mode = 'machine'"),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=512), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("given_from", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="und", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("indexed_version", sa.String(length=64), nullable=True),
        sa.Column("passages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("warning", sa.Text(), nullable=True),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_state", "documents", ["state", "due_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", _json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bot", sa.String(length=64), nullable=False),
        sa.Column("update_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "updates",
        sa.Column("bot", sa.String(length=64), nullable=False),
        sa.Column("update_id", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "update_id", name=op.f("pk_updates")),
    )
    op.create_index("ix_updates_received_at", "updates", ["received_at"], unique=False)
    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_from", sa.Integer(), nullable=False),
        sa.Column("turn_to", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("citations", _json, nullable=False),
        sa.Column("passages", _json, nullable=False),
        sa.Column("trace", _json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_answers_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_turn", "answers", ["conversation_id", "turn_to"], unique=False)
    op.create_table(
        "checkpoints",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_to", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("configuration", sa.String(length=64), nullable=False),
        sa.Column("result", _json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_checkpoints_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "conversation_id", "turn_to", "stage", "input_hash", "configuration", name=op.f("pk_checkpoints")
        ),
    )
    op.create_table(
        "feedback",
        sa.Column("reply_key", sa.String(length=160), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("vote", sa.Integer(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("vote IN (-1, 1)", name=op.f("ck_feedback_vote")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_feedback_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reply_key", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_conversation", "feedback", ["conversation_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("external_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("traceparent", sa.String(length=64), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
    )
    op.create_index("ix_messages_external", "messages", ["conversation_id", "external_id"], unique=False)
    op.create_table(
        "outbound",
        sa.Column("reply_key", sa.String(length=160), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("lane", sa.String(length=160), nullable=False),
        sa.Column("out_seq", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), server_default="0", nullable=False),
        sa.Column("repeat", sa.Integer(), server_default="0", nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=128), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("details", _json, nullable=False),
        sa.Column("turn_from", sa.Integer(), nullable=True),
        sa.Column("turn_to", sa.Integer(), nullable=True),
        sa.Column("traceparent", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("resolve_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("external_id", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_outbound_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reply_key", name=op.f("pk_outbound")),
    )
    op.create_index("ix_outbound_conversation", "outbound", ["conversation_id"], unique=False)
    op.create_index("ix_outbound_external", "outbound", ["bot", "chat", "external_id"], unique=False)
    op.create_index("ix_outbound_order", "outbound", ["lane", "out_seq", "part", "repeat"], unique=False)
    op.create_index(
        "ix_outbound_unsettled",
        "outbound",
        ["bot", "status", "not_before"],
        unique=False,
        postgresql_where=sa.text("status IN ('waiting', 'sending', 'uncertain')"),
        sqlite_where=sa.text("status IN ('waiting', 'sending', 'uncertain')"),
    )
    op.create_table(
        "escalations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("turn_to", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("dead_letter", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("staff_told_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_escalations_answer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_escalations_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index("ix_escalations_answer", "escalations", ["answer_id"], unique=False)
    op.create_index("ix_escalations_conversation", "escalations", ["conversation_id"], unique=False)
    op.create_index("ix_escalations_state", "escalations", ["state", "created_at"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_escalations_state", table_name="escalations")
    op.drop_index("ix_escalations_conversation", table_name="escalations")
    op.drop_index("ix_escalations_answer", table_name="escalations")
    op.drop_table("escalations")
    op.drop_index(
        "ix_outbound_unsettled",
        table_name="outbound",
        postgresql_where=sa.text("status IN ('waiting', 'sending', 'uncertain')"),
        sqlite_where=sa.text("status IN ('waiting', 'sending', 'uncertain')"),
    )
    op.drop_index("ix_outbound_order", table_name="outbound")
    op.drop_index("ix_outbound_external", table_name="outbound")
    op.drop_index("ix_outbound_conversation", table_name="outbound")
    op.drop_table("outbound")
    op.drop_index("ix_messages_external", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_feedback_conversation", table_name="feedback")
    op.drop_table("feedback")
    op.drop_table("checkpoints")
    op.drop_index("ix_answers_turn", table_name="answers")
    op.drop_table("answers")
    op.drop_index("ix_updates_received_at", table_name="updates")
    op.drop_table("updates")
    op.drop_table("quarantine")
    op.drop_index("ix_outbox_created_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_documents_state", table_name="documents")
    op.drop_table("documents")
    op.drop_index(
        "ix_conversations_due",
        table_name="conversations",
        postgresql_where=sa.text("last_seq > done_seq AND mode = 'machine'"),
        sqlite_where=sa.text("last_seq > done_seq AND mode = 'machine'"),
    )
    op.drop_index("ix_conversations_active", table_name="conversations")
    op.drop_table("conversations")
    op.drop_table("bots")
