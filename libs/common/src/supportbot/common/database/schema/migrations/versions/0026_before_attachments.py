"""Files that people and staff send in conversations. Recordings that are known become some of them."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("out_seq", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.String(length=256), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.String(length=16), server_default="", nullable=False),
        sa.Column("state_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('known', 'wanted', 'here', 'failed')", name=op.f("ck_attachments_state")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_attachments_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_conversation", "attachments", ["conversation_id", "seq"])
    op.create_index("ix_attachments_digest", "attachments", ["digest"])
    wanted = sa.text("state = 'wanted'")
    op.create_index(
        "ix_attachments_wanted", "attachments", ["bot", "state_at"], postgresql_where=wanted, sqlite_where=wanted
    )
    op.execute(
        "INSERT INTO attachments (id, conversation_id, bot, seq, kind, file_id, state, state_at) "
        "SELECT m.id, m.conversation_id, c.bot, m.seq, m.kind, m.file_id, 'known', m.received_at "
        "FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.file_id IS NOT NULL"
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("attachments")
