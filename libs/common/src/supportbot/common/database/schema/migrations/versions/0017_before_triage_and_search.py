"""Priority, snooze, labels and drafts of conversations; indexes for the inbox and its search."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.beside_writes import may_build_within

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = ("drafts", "conversation_labels", "labels", "triage")
_ATTENDED = sa.text("mode = 'person' AND last_seq > done_seq")
_CLOSED = sa.text("mode = 'closed'")
_WORDS = "to_tsvector('russian'::regconfig, translate({}, 'ёЁ-./@_:+#', 'еЕ        '))"
_SEARCHED = {
    "ix_messages_words": f"messages USING gin ({_WORDS.format('text')})",
    "ix_outbound_words": f"outbound USING gin ({_WORDS.format('body')}) WHERE author = 'person'",
    "ix_notes_words": f"notes USING gin ({_WORDS.format('text')})",
    "ix_conversations_name": "conversations (lower(user_name) text_pattern_ops) WHERE user_name <> ''",
}
"""PostgreSQL alone has these: what a single file holds is looked through."""


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "triage",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.Column("snoozed_seq", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("priority BETWEEN 0 AND 2", name=op.f("ck_triage_priority")),
        _of("triage", "conversation_id", "conversations.id"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_triage")),
    )
    op.create_index("ix_triage_snoozed_until", "triage", ["snoozed_until"])
    op.create_table(
        "labels",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_labels")),
    )
    op.create_table(
        "conversation_labels",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        _of("conversation_labels", "conversation_id", "conversations.id"),
        _of("conversation_labels", "label", "labels.name"),
        sa.PrimaryKeyConstraint("conversation_id", "label", name=op.f("pk_conversation_labels")),
    )
    op.create_index("ix_conversation_labels_label", "conversation_labels", ["label", "conversation_id"])
    op.create_table(
        "drafts",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_note", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        _of("drafts", "conversation_id", "conversations.id"),
        _of("drafts", "operator_id", "operators.id"),
        sa.PrimaryKeyConstraint("conversation_id", "operator_id", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_operator", "drafts", ["operator_id"])
    if may_build_within("conversations"):
        for name, where in {"attended": _ATTENDED, "closed": _CLOSED}.items():
            index = f"ix_conversations_{name}"
            op.create_index(index, "conversations", ["active_at"], postgresql_where=where, sqlite_where=where)
    if op.get_bind().dialect.name == "postgresql":
        for name, what in _SEARCHED.items():
            if may_build_within(what.partition(" ")[0]):
                op.execute(f"CREATE INDEX {name} ON {what}")


def downgrade() -> None:
    """Go back to the one before."""
    if op.get_bind().dialect.name == "postgresql":
        for name in _SEARCHED:
            op.execute(f"DROP INDEX IF EXISTS {name}")
    for name in ("ix_conversations_closed", "ix_conversations_attended"):
        op.drop_index(name, table_name="conversations", if_exists=True)
    for table in _TABLES:
        op.drop_table(table)


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
