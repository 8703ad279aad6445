"""Notes of staff in Telegram stand where notes of the inbox stand, so that each side reads the other's."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_AUTHOR_CHARACTERS = 80


def upgrade() -> None:
    """Go to this revision. The old table stays: a version that still runs writes there."""
    columns = ("id", "conversation_id", "author", "text", "created_at")
    notes = sa.table("notes", *map(sa.column, columns))
    old = sa.table("staff_notes", *map(sa.column, columns))
    author = sa.func.substr(old.c.author, 1, _AUTHOR_CHARACTERS)
    moved = sa.select(old.c.id, old.c.conversation_id, author, old.c.text, old.c.created_at)
    op.execute(notes.insert().from_select(columns, moved.where(old.c.id.not_in(sa.select(notes.c.id)))))


def downgrade() -> None:
    """Go back to the one before. What is in the old table need not be twice in the new one."""
    op.execute("DELETE FROM notes WHERE id IN (SELECT id FROM staff_notes)")
