"""Where Telegram keeps a recording, so that it can be written down."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("messages", sa.Column("file_id", sa.String(length=256), nullable=True))


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("messages", "file_id")
