"""The servers of a soak: this run's own, since they are killed."""

from collections.abc import Iterator

import pytest

from tests.e2e.prepared import indexed_on_servers
from tests.faults.servers import own_servers
from tests.servers.postgres import ServerMissingError
from tests.soak.system import Stand


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory, worker_name: str) -> Iterator[Stand]:
    """Started once; the sample is indexed on them."""
    try:
        with own_servers() as servers:
            network = servers.network(f"soak_{worker_name}")
            with indexed_on_servers(network, tmp_path_factory.mktemp("indexed_servers")) as stored:
                yield Stand(servers, network, stored)
    except ServerMissingError as error:
        pytest.skip(f"a server of our own could not be had: {error}")
