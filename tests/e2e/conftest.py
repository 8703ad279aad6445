"""Deployments of the product and the servers beside them; whatever a test starts is gone when it ends."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from tests.e2e.deployment import Deployment
from tests.e2e.network import Network, Stored
from tests.e2e.prepared import indexed_folder, indexed_on_servers
from tests.e2e.product import Product
from tests.e2e.services import separate_services
from tests.fakes.telegram.server import FakeTelegram
from tests.servers.address import PostgresAddress
from tests.servers.rabbitmq import Broker

NewProduct = Callable[..., Product]
NewDeployment = Callable[..., Deployment]
Deploy = Callable[[ExitStack, Path, dict[str, str]], Deployment]
KINDS = ["all-in-one", pytest.param("services", marks=[pytest.mark.postgres, pytest.mark.rabbitmq])]
_READING = "how a document is read is the indexer's alone; that separate services answer from it is tried once"
_FAILING = "how a model fails is the answerer's alone; that separate services bear it is tried with another failure"
ONLY_IN_ONE_PROCESS = {
    "test_what_cannot_be_read_is_named_and_keeps_nobody_waiting": _READING,
    "test_hidden_instructions_in_a_document_are_text": _READING,
    **{
        f"test_without_the_model_a_reply_still_comes[services-{kind}]": _FAILING
        for kind in ("reset", "hang", "unauthorized", "quota", "rate_limit")
    },
    **{
        f"test_nonsense_from_the_model_reaches_nobody[services-{kind}]": _FAILING
        for kind in ("refusal", "empty", "length", "content_filter", "not_json")
    },
}
"""Scenarios that are not run on separate services, and why."""


SLOW_TO_PREPARE_S = 300
"""The first test of a run that asks for separate services waits for all servers, and for the sample to be indexed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("rabbitmq"):
            item.add_marker(pytest.mark.timeout(SLOW_TO_PREPARE_S))
        named = ONLY_IN_ONE_PROCESS.get(item.name) or ONLY_IN_ONE_PROCESS.get(item.name.partition("[")[0])
        if named and "[services" in item.name:
            item.add_marker(pytest.mark.skip(reason=named))


@pytest.fixture(scope="session")
def network(postgres_address: PostgresAddress, rabbitmq: Broker, worker_name: str) -> Network:
    """The servers that separate services stand on."""
    return Network(postgres_address, rabbitmq, f"e2e_{worker_name}")


@pytest.fixture(scope="session")
def indexed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after an orderly end, with the sample indexed: most tests need not wait for that again."""
    return indexed_folder(tmp_path_factory.mktemp("indexed"))


@pytest.fixture(scope="session")
def indexed_servers(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """The same for separate services: what they leave on their servers."""
    with indexed_on_servers(network, tmp_path_factory.mktemp("indexed_servers")) as stored:
        yield stored


@pytest.fixture(scope="module", params=KINDS)
def deployment_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of deployment in turn."""
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def deploy(request: pytest.FixtureRequest, deployment_kind: str) -> Deploy:
    """Makes a deployment of this kind, with the sample indexed; what it stands on is closed with the stack."""
    if deployment_kind == "all-in-one":
        data: Path = request.getfixturevalue("indexed_data")

        def make_one(_: ExitStack, folder: Path, settings: dict[str, str]) -> Deployment:
            shutil.copytree(data, folder / "data")
            return Product(folder, settings)

        return make_one

    network: Network = request.getfixturevalue("network")
    stored: Stored = request.getfixturevalue("indexed_servers")

    def make_services(stack: ExitStack, folder: Path, settings: dict[str, str]) -> Deployment:
        own = network.own(folder, like=stored)
        stack.callback(own.drop)
        return separate_services(folder, own, settings)

    return make_services


@pytest.fixture(scope="module")
def shared_deployment(deploy: Deploy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One ready deployment of each kind, for the tests of a module that only talk to it; no errors may be logged."""
    with ExitStack() as stack:
        made = deploy(stack, tmp_path_factory.mktemp("shared"), {})
        stack.callback(lambda: asyncio.run(made.discard()))
        asyncio.run(made.start())
        yield made
        code = asyncio.run(made.stop())
        assert (code, made.errors_in_log()) == (0, [])


@pytest.fixture
async def new_deployment(deploy: Deploy, tmp_path: Path) -> AsyncIterator[NewDeployment]:
    """Makes a deployment of each kind in turn; settings are given as keywords."""
    with ExitStack() as servers:
        async with AsyncExitStack() as stack:

            def make(**settings: str) -> Deployment:
                folder = tmp_path / "deployment"
                folder.mkdir()
                made = deploy(servers, folder, settings)
                stack.push_async_callback(made.discard)
                return made

            yield make


@pytest.fixture
async def deployment(new_deployment: NewDeployment) -> Deployment:
    """A deployment of each kind in turn, without further settings, ready."""
    made = new_deployment()
    await made.start()
    return made


@pytest.fixture
async def new_product(tmp_path: Path, indexed_data: Path) -> AsyncIterator[NewProduct]:
    """Makes products; settings are given as keywords. `empty=True`: one that has never been started before."""
    async with AsyncExitStack() as stack:

        def make(*, empty: bool = False, **settings: str) -> Product:
            folder = tmp_path / "product"
            folder.mkdir()
            if not empty:
                shutil.copytree(indexed_data, folder / "data")
            product = Product(folder, settings)
            stack.push_async_callback(product.discard)
            return product

        yield make


@pytest.fixture
async def product(new_product: NewProduct) -> Product:
    """The product as one process with no settings at all, ready."""
    made = new_product()
    await made.start()
    return made


@pytest.fixture(scope="module")
def shared_product(tmp_path_factory: pytest.TempPathFactory, indexed_data: Path) -> Iterator[Product]:
    """One ready process for the tests of a module that only talk to it; its log has to stay free of errors."""
    made = Product(tmp_path_factory.mktemp("shared"))
    shutil.copytree(indexed_data, made.folder / "data")
    try:
        asyncio.run(made.start())
        yield made
        code = asyncio.run(made.stop())
        assert (code, made.errors_in_log()) == (0, [])
    finally:
        asyncio.run(made.discard())


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram of the test's own."""
    async with FakeTelegram() as fake:
        yield fake


def with_bot(telegram: FakeTelegram, **settings: str) -> dict[str, str]:
    """The settings that join a product to a fake Telegram."""
    return {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base_url, **settings}
