"""When conversations were closed, and indexes by which sums over some days are read."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.beside_writes import may_build_within

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "resolutions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_resolutions_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolutions")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_resolutions_conversation_id_seq")),
    )
    op.create_index("ix_resolutions_closed_at", "resolutions", ["closed_at"])
    if may_build_within("answers"):
        op.create_index("ix_answers_created_at", "answers", ["created_at", "decision"])
    if may_build_within("feedback"):
        op.create_index("ix_feedback_given_at", "feedback", ["given_at", "vote"])
    op.create_index("ix_ratings_given_at", "ratings", ["given_at", "stars"])


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_ratings_given_at", "ratings")
    op.drop_index("ix_feedback_given_at", "feedback", if_exists=True)
    op.drop_index("ix_answers_created_at", "answers", if_exists=True)
    op.drop_table("resolutions")
