"""Who may find a document, until when, and what it is filed under."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from supportbot.common.database.clock import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = ("audience", "tags", "language_given", "expires_at", "revision", "access_due")


def upgrade() -> None:
    """Go to this revision."""
    tags = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    no = sa.text("false")
    op.add_column("documents", sa.Column("audience", sa.String(length=16), nullable=False, server_default="public"))
    op.add_column("documents", sa.Column("tags", tags, nullable=True))
    op.add_column("documents", sa.Column("language_given", sa.String(length=8), nullable=True))
    op.add_column("documents", sa.Column("expires_at", UtcDateTime(), nullable=True))
    op.add_column("documents", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("documents", sa.Column("access_due", sa.Boolean(), nullable=False, server_default=no))


def downgrade() -> None:
    """Go back to the one before."""
    for column in reversed(_COLUMNS):
        op.drop_column("documents", column)
