"""The versions of uploaded documents: which contents they had, and which of them serves."""

import sqlalchemy as sa
from alembic import op

from supportbot.common.database.clock import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision; what is there is the first version of each upload."""
    op.add_column("documents", sa.Column("serving", sa.Integer(), nullable=True))
    op.create_table(
        "document_versions",
        sa.Column("document", sa.String(length=512), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("title", sa.Text(), nullable=False, server_default=""),
        sa.Column("passages", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("restored", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("indexed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("pk_document_versions")),
    )
    op.create_index("ix_document_versions_digest", "document_versions", ["digest"])
    op.execute(
        "INSERT INTO document_versions "
        "(document, number, digest, size, title, passages, error, received_at, indexed_at) "
        "SELECT id, 1, location, size, title, passages, error, coalesce(received_at, updated_at), "
        "CASE WHEN state = 'ready' THEN indexed_at END FROM documents WHERE origin = 'upload'"
    )
    op.execute("UPDATE documents SET serving = 1 WHERE origin = 'upload' AND state = 'ready'")


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("document_versions")
    op.drop_column("documents", "serving")
