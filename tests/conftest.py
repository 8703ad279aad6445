"""What every test may ask for: `database` (each kind in turn), `sqlite_database`, `postgres_database` and more."""

pytest_plugins = ["tests.quick_routes", "tests.servers.plugin", "tests.servers.rabbitmq_plugin"]
