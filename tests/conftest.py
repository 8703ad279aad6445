"""What every test may ask for: `database` (each kind in turn), `sqlite_database`, `postgres_database` and more."""

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
"""No test is timed: a machine that is busy with something else finds no faults."""

pytest_plugins = [
    "tests.quick_clients",
    "tests.quick_routes",
    "tests.quiet_logging",
    "tests.servers.plugin",
    "tests.servers.rabbitmq_plugin",
]

_FIRST = (
    "e2e/test_backup.py",
    "soak/test_soak.py",
    "e2e/test_run_modes.py",
    "e2e/test_up_and_down.py",
    "e2e/test_command.py",
    "e2e/test_rest_api.py",
    "e2e/test_model.py",
    "e2e/test_telegram_chat.py",
    "e2e/test_operating_commands.py",
    "e2e/test_survives_being_killed.py",
    "browser/test_pages.py",
    "safety/test_injections.py",
    "protocol/test_crash_everywhere.py",
    "e2e/test_own_requirements.py",
    "e2e/test_replicas.py",
    "integration/test_indexer_killed.py",
)
"""Files that take minutes: begun last, one of them would run on while the other worker has nothing left to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(_FIRST)}
    items.sort(key=lambda item: places.get("/".join(item.path.parts[-2:]), len(places)))
