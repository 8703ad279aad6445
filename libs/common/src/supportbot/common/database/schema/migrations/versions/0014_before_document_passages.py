"""What the index serves of each document, so that it can be looked at, compared and made again from the database."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "document_passages",
        sa.Column("document", sa.String(length=512), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document", name=op.f("pk_document_passages")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("document_passages")
