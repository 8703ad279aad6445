"""The indexer dies in the middle of a large document: the old version serves, and the new one is not begun again."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.waiting import until
from tests.faults.conftest import StartSystem
from tests.faults.system import System
from tests.servers.stops import Moment, stop_at

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
DOCUMENT = "catalogue.md"
COLLECTION = "supportbot"
SHELVES, SHELVES_ALONE = 640, 4000
KILLED_AT = 400
SLICE = 64
"""So many passages go to Qdrant with one request: what may have to be written a second time."""
WRITTEN = "supportbot_passages_written_total"
QUESTION = "Where does the observatory keep the blue telescope?"
INDEXED_WITHIN_S = 120.0


def catalogue(place: str, shelves: int) -> str:
    """A document of as many passages as shelves; `place` is in each of them, so that another one changes all."""
    first = f"## {QUESTION}\n\nThe observatory keeps the blue telescope in the {place}.\n\n"
    on_shelves = (
        f"## What lies on shelf {number}?\n\nShelf{number}in{place}holds part {number} of {shelves} of what the "
        f"observatory keeps in the {place}, in boxes that are counted once a year.\n"
        for number in range(shelves)
    )
    return "# Catalogue of the observatory\n\n" + first + "\n".join(on_shelves)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("served", [True, False])
@pytest.mark.fault(
    "F40",
    "the indexer is killed within a large document",
    "SIGKILL when it writes passage 400 of 641, or has written it",
)
async def test_an_indexer_that_was_killed_goes_on_where_it_was_and_the_old_version_serves(
    start_system: StartSystem, moment: Moment, *, served: bool
) -> None:
    system = await start_system(more=("answerer",))
    if served:
        write(system, "hangar")
        await until_served(system)
    await system.until_quiet()
    stop = stop_at(system.links.one("indexer", "qdrant"), f"Shelf{KILLED_AT}inbarnholds".encode(), moment)
    system.qdrant.exchanges.clear()
    write(system, "barn")
    await stop.reached()
    await system.kill("indexer")
    answer = await system.asked(QUESTION)
    assert ("hangar" in answer["text"]) == served
    assert "barn" not in answer["text"]
    await system.process("indexer").start()
    await until_served(system)
    times = Counter(written(system))
    again = sum(count - 1 for count in times.values())
    assert "barn" in (await system.asked(QUESTION))["text"]
    before = "the old version served" if served else "nothing of it was shown"
    system.saw(f"{moment} passage {KILLED_AT} was stored: {before}; {len(times)} passages, {again} written again")
    assert len(times) == SHELVES + 1
    assert again <= SLICE
    assert max(times.values()) <= 2
    assert orphans(system) == set()
    await system.asks_again_and_recovers()


@pytest.mark.parametrize("kind", ["all-in-one"])
@pytest.mark.fault("F40", "the one process is killed within a large document", "SIGKILL within 4,001 passages")
async def test_the_one_process_goes_on_where_it_was_killed(system: System) -> None:
    await system.until_quiet()
    write(system, "hangar", SHELVES_ALONE)
    await until_served(system)
    before = await system.metric("all-in-one", WRITTEN)
    write(system, "barn", SHELVES_ALONE)
    await system.until_metric("all-in-one", WRITTEN, before + KILLED_AT)
    done = await system.metric("all-in-one", WRITTEN) - before
    await system.kill("all-in-one")
    await system.process("all-in-one").start()
    first = (await system.asked(QUESTION))["text"]
    assert "hangar" in first or "barn" in first
    await until_served(system)
    again = await system.metric("all-in-one", WRITTEN)
    assert "barn" in (await system.asked(QUESTION))["text"]
    shown = "the old" if "hangar" in first else "the new"
    system.saw(f"killed after {done:.0f} passages; {shown} version served at once, {again:.0f} were written after that")
    assert 0 < again <= SHELVES_ALONE + 1 - done + SLICE
    await system.asks_again_and_recovers()


def write(system: System, place: str, shelves: int = SHELVES) -> None:
    """Put the document, or another version of it, into the folder."""
    folder = system.product.documents
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DOCUMENT).write_text(catalogue(place, shelves), encoding="utf-8")


async def until_served(system: System) -> None:
    """Return when the document serves as it is now, and nothing else is to be done."""
    there = f"id = '{DOCUMENT}' AND state = 'ready' AND indexed_version = version"
    in_work = "state IN ('waiting', 'removing') OR (origin = 'sample' AND state <> 'retired')"  # it makes way
    await until(
        lambda: system.product.count("documents", there) == 1 and not system.product.count("documents", in_work),
        "the catalogue indexed",
        INDEXED_WITHIN_S,
    )


def written(system: System) -> Iterator[str]:
    """The passages of the document that Qdrant was given to store, each time that it was."""
    for exchange in system.qdrant.exchanges:
        if exchange.method == "PUT" and exchange.template.endswith("/points") and exchange.status == 200:
            for point in exchange.request["points"]:
                if (point["payload"].get("document"), point["payload"].get("kind")) == (DOCUMENT, "passage"):
                    yield point["id"]


def orphans(system: System) -> set[str]:
    """Passages in Qdrant that no manifest names, and manifests' passages that are not there."""
    collection = system.qdrant.store.get(COLLECTION)
    found = collection.scroll({"limit": 100_000, "with_payload": True, "filter": {}})["points"]
    of_kind = {kind: [one for one in found if one["payload"].get("kind") == kind] for kind in ("passage", "manifest")}
    named = {chunk for manifest in of_kind["manifest"] for chunk in manifest["payload"]["chunks"]}
    return named ^ {str(passage["id"]) for passage in of_kind["passage"]}
