"""Where staff talk about conversations in Telegram, what they said there, and whom they do not listen to."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "staff_places",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=True),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("told_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("card", sa.Text(), server_default="", nullable=False),
        _of_conversation("staff_places"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_staff_places")),
    )
    op.create_index("ix_staff_places_topic", "staff_places", ["chat", "topic"])
    key = ("bot", "person_chat", "person_message", "staff_chat", "staff_message")
    op.create_table(
        "relays",
        sa.Column("bot", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in key[1:]),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("from_staff", sa.Boolean(), nullable=False),
        _of_conversation("relays"),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_relays")),
    )
    op.create_index("ix_relays_staff", "relays", ["bot", "staff_chat", "staff_message"])
    op.create_index("ix_relays_conversation", "relays", ["conversation_id"])
    op.create_table(
        "staff_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of_conversation("staff_notes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notes")),
    )
    op.create_index("ix_staff_notes_conversation", "staff_notes", ["conversation_id", "created_at"])
    op.create_table(
        "canned_replies",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_canned_replies")),
    )
    op.add_column("people", sa.Column("banned_by", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("replies_to", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("messages", "replies_to")
    op.drop_column("people", "banned_by")
    for table in ("canned_replies", "staff_notes", "relays", "staff_places"):
        op.drop_table(table)


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_conversation_id")
    return sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=name, ondelete="CASCADE")
