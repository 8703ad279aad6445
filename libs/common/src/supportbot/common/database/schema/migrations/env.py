"""Where Alembic learns which tables we have. The connection and its transaction come from whoever calls."""

from alembic import context

from supportbot.common.database.schema.all_tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    compare_type=True,
)
context.run_migrations()
