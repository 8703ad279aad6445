"""Why an answer did not help."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("feedback", sa.Column("reason", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("feedback", "reason")
