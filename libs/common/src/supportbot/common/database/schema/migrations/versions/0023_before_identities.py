"""Who operators are at the OpenID provider that they sign in with."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_identities_operator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
        sa.UniqueConstraint("operator_id", "issuer", name=op.f("uq_identities_operator_id_issuer")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("identities")
