"""How long Telegram wants chats to be left alone, so that the next sender knows."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "chat_pauses",
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "chat", name=op.f("pk_chat_pauses")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("chat_pauses")
