"""How far the indexing of each document is."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("documents", sa.Column("stage", sa.String(length=16), nullable=False, server_default="received"))
    op.add_column("documents", sa.Column("activity", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("documents", sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("documents", sa.Column("total", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("documents", sa.Column("stage_at", UtcDateTime(), nullable=True))
    op.add_column("documents", sa.Column("begun_at", UtcDateTime(), nullable=True))
    op.add_column("documents", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Go back to the one before."""
    for column in ("tries", "begun_at", "stage_at", "total", "done", "activity", "stage"):
        op.drop_column("documents", column)
