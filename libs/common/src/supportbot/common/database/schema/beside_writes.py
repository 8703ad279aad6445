"""Which indexes a migration leaves to be built beside writes: those of tables that hold something, on PostgreSQL."""

from sqlalchemy import text

BESIDE_WRITES = {"beside_writes": True}
"""An index with this as its `info` is built by `database/large_indexes.py` where its migration left it out."""


def may_build_within(table: str) -> bool:
    """Whether a migration builds an index of a table itself: nobody is kept from writing to it for long."""
    from alembic import op

    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return True
    return not bind.execute(text(f"SELECT EXISTS (SELECT 1 FROM {table})")).scalar_one()  # noqa: S608  # our own name
