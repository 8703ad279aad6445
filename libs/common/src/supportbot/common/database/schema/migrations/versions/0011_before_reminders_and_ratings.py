"""That staff were reminded of a question, and how people rate a conversation that was closed."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("escalations", sa.Column("reminded_at", UtcDateTime(), nullable=True))
    op.create_table(
        "ratings",
        sa.Column("reply_key", sa.String(length=160), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_ratings_stars")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_ratings_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reply_key", name=op.f("pk_ratings")),
    )
    op.create_index("ix_ratings_conversation", "ratings", ["conversation_id"])


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("ratings")
    op.drop_column("escalations", "reminded_at")
