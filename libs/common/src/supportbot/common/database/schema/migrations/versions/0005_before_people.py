"""What people chose for themselves in Telegram, and from where on a conversation began anew."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "people",
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("person", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "person", name=op.f("pk_people")),
    )
    for name in ("context_seq", "context_out_seq"):
        op.add_column("conversations", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Go back to the one before."""
    for name in ("context_out_seq", "context_seq"):
        op.drop_column("conversations", name)
    op.drop_table("people")
