"""Systems to do faults to, and the table of what came of it."""

import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.prepared import indexed_folder, indexed_on_servers
from tests.faults.lengths import LONG
from tests.faults.report import FaultRow, as_property, row_of, written
from tests.faults.servers import own_servers
from tests.faults.starting import Around, all_in_one, separate
from tests.faults.system import System
from tests.servers.postgres import ServerMissingError

EVERYWHERE = ["services", "all-in-one"]
DOCUMENT = "FAULTS_DOCUMENT"
_TIMEOUT_S = 3600 if LONG else 400
_ROW = pytest.StashKey[FaultRow]()
StartSystem = Callable[..., Any]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each row gets its line and its time; FAULTS="F4 F22" leaves only these."""
    wanted = set(os.environ.get("FAULTS", "").split())
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        marker = item.get_closest_marker("fault")
        if marker is None:
            kept.append(item)
            continue
        item.stash[_ROW] = FaultRow(*marker.args)
        item.add_marker(pytest.mark.timeout(_TIMEOUT_S))
        (kept if not wanted or marker.args[0] in wanted else dropped).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=dropped)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A row's report carries its line, also where the row could not be done or broke on the way."""
    report = yield
    row = item.stash.get(_ROW, None)
    if row is not None and (report.when == "call" or (report.when == "setup" and not report.passed)):
        row.held = {"passed": "held", "failed": "NOT HELD", "skipped": "not done"}[report.outcome]
        if report.skipped:
            row.seen.append(str(report.longrepr[2]).removeprefix("Skipped: "))
        report.user_properties.append(as_property(row))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table; write it too, where a file is named."""
    reports = [one for kind in ("passed", "failed", "error", "skipped") for one in terminalreporter.stats.get(kind, [])]
    rows = [row for report in reports if (row := row_of(getattr(report, "user_properties", []))) is not None]
    if not rows:
        return
    rows.sort(key=lambda row: int(row.number[1:]))
    terminalreporter.section("faults")
    for row in rows:
        terminalreporter.line(row.line())
    document = os.environ.get(DOCUMENT)
    if document:
        written(Path(document), rows)


@pytest.fixture
def kind() -> str:
    """Where the fault is done. `@pytest.mark.parametrize("kind", EVERYWHERE)` does it to the one process too."""
    return "services"


@pytest.fixture(scope="session")
def around(tmp_path_factory: pytest.TempPathFactory, worker_name: str) -> Iterator[Around]:
    """The servers of this run, and what is on them once the sample is indexed."""
    try:
        with own_servers() as servers:
            network = servers.network(f"faults_{worker_name}")
            with indexed_on_servers(network, tmp_path_factory.mktemp("indexed_servers")) as stored:
                yield Around(servers, network, stored)
    except ServerMissingError as error:
        pytest.skip(f"a server of our own could not be had: {error}")


@pytest.fixture(scope="session")
def indexed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the one process with the sample indexed."""
    return indexed_folder(tmp_path_factory.mktemp("indexed"))


@pytest.fixture
def indexed(request: pytest.FixtureRequest, kind: str) -> Any:
    """What a system of this kind begins with; made before an event loop runs."""
    return request.getfixturevalue("around" if kind == "services" else "indexed_data")


@pytest.fixture
async def start_system(
    request: pytest.FixtureRequest, kind: str, indexed: Any, tmp_path: Path
) -> AsyncIterator[StartSystem]:
    """Start the row's system, with settings as keywords; `more` names services of which there are two."""
    row = request.node.stash.get(_ROW, None)
    assert row is not None, "a row is marked: @pytest.mark.fault(number, fault, how)"
    folder = tmp_path / "system"
    folder.mkdir()
    async with AsyncExitStack() as stack:

        async def start(*, more: tuple[str, ...] = ("gateway", "answerer"), **settings: str) -> System:
            if kind == "services":
                return await stack.enter_async_context(separate(indexed, folder, row, more, settings))
            return await stack.enter_async_context(all_in_one(indexed, folder, row, settings))

        yield start


@pytest.fixture
async def system(start_system: StartSystem) -> System:
    """Two gateways, two answerers, an indexer and an admin-api (or the one process), with people writing."""
    started: System = await start_system()
    return started
