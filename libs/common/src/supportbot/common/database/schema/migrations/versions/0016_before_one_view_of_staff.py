"""What staff in Telegram know of what happens in the inbox, and up to which message they were reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision. What was said so far is no news."""
    op.add_column("staff_places", sa.Column("told_out", sa.Integer(), server_default="0", nullable=False))
    op.add_column("staff_places", sa.Column("reminded_seq", sa.Integer(), server_default="0", nullable=False))
    op.add_column("staff_places", sa.Column("told_mode", sa.String(length=8), server_default="", nullable=False))
    places = sa.table("staff_places", *map(sa.column, ("conversation_id", "told_out", "told_mode")))
    talks = sa.table("conversations", *map(sa.column, ("id", "out_seq", "mode")))
    of = talks.c.id == places.c.conversation_id
    op.execute(
        places.update().values(
            told_out=sa.select(talks.c.out_seq).where(of).scalar_subquery(),
            told_mode=sa.select(talks.c.mode).where(of).scalar_subquery(),
        )
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("staff_places", "told_mode")
    op.drop_column("staff_places", "reminded_seq")
    op.drop_column("staff_places", "told_out")
