"""Web pages and sitemaps that operators name, and what became of them."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "web_sources",
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("removing", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("origin IN ('page', 'setting', 'command')", name=op.f("ck_web_sources_origin")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_web_sources")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("web_sources")
