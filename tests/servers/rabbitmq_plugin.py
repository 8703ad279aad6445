"""pytest's part of the broker: each process that runs tests starts one when a test first asks for it."""

import contextlib
from collections.abc import Generator
from typing import Any

import pytest

from tests.servers.postgres import ServerMissingError
from tests.servers.rabbitmq import Broker, rabbitmq_broker, rabbitmq_node
from tests.servers.rabbitmq_node import RabbitNode


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any("RabbitMQ could not be had" in str(report.longrepr) for report in skipped):
        terminalreporter.section("RabbitMQ could not be had", sep="!", red=True, bold=True)
        terminalreporter.line("Tests marked `rabbitmq` were skipped; each skip says what was tried.")


@pytest.fixture(scope="session")
def rabbitmq(worker_name: str) -> Generator[Broker]:
    """A broker with a virtual host of this worker's own. Tests that use it are marked `rabbitmq`."""
    with contextlib.ExitStack() as stack:
        try:
            broker = stack.enter_context(rabbitmq_broker())
        except ServerMissingError as error:
            pytest.skip(f"RabbitMQ could not be had: {error}")
        yield broker.with_own_vhost(f"tests_{worker_name}")


@pytest.fixture(scope="module")
def own_rabbitmq() -> Generator[RabbitNode]:
    """A node that a file's tests may kill and wipe; it runs at the beginning of each."""
    with contextlib.ExitStack() as stack:
        try:
            node = stack.enter_context(rabbitmq_node())
        except ServerMissingError as error:
            pytest.skip(f"RabbitMQ could not be had: {error}")
        yield node
