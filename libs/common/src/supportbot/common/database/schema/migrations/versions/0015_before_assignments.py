"""Who took a conversation, and what operators note about it for each other."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "assignments",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        _of_conversation("assignments"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_assignments_operator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_operator", "assignments", ["operator_id"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of_conversation("notes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_conversation", "notes", ["conversation_id", "created_at"])


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_conversation_id")
    return sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("notes")
    op.drop_table("assignments")
