"""What the pages for developers name is there: files, tables, events."""

import re
from pathlib import Path

import pytest

from supportbot.common.contracts.envelope import known_events
from supportbot.common.database.schema.all_tables import metadata

ROOT = Path(__file__).parents[3]
ARCHITECTURE, CHANGING = ROOT / "ARCHITECTURE.md", ROOT / "docs" / "changing.md"
PACKAGES = {
    "C": "libs/common/src/supportbot/common",
    "G": "services/gateway/src/supportbot/gateway",
    "A": "services/answerer/src/supportbot/answerer",
    "I": "services/indexer/src/supportbot/indexer",
    "AD": "services/admin-api/src/supportbot/admin_api",
}
FILE = re.compile(r"`([\w./…-]+\.py)`")


def named_in_architecture() -> set[str]:
    return set(FILE.findall(ARCHITECTURE.read_text(encoding="utf-8")))


def named_in_changing() -> set[str]:
    return set(re.findall(r"`((?:AD|[CGAI])/[\w./-]+)`", CHANGING.read_text(encoding="utf-8")))


def sources() -> set[str]:
    folders = (ROOT / "libs", ROOT / "services")
    return {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("src/**/*.py")}


@pytest.mark.parametrize("name", sorted(named_in_architecture()))
def test_each_file_that_the_architecture_names_is_there(name: str) -> None:
    begin, _, end = name.rpartition("…/")
    there = [path for path in sources() if path.startswith(begin) and path.endswith(f"/{end}")]
    assert there, f"ARCHITECTURE.md names {name}"


@pytest.mark.parametrize("name", sorted(named_in_changing()))
def test_each_path_that_a_change_is_described_by_is_there(name: str) -> None:
    package, _, inside = name.partition("/")
    assert (ROOT / PACKAGES[package] / inside).exists(), f"docs/changing.md names {name}"


def test_the_architecture_says_of_each_table_what_it_holds() -> None:
    stored = ARCHITECTURE.read_text(encoding="utf-8").split("## What is stored")[1].split("\n## ")[0]
    rows = [row.split("|")[1] for row in stored.splitlines() if row.startswith("|")]
    told = {name.strip() for row in rows for name in row.split(",")} - {"table", "---"}
    assert told == set(metadata.tables)


def test_each_event_in_the_picture_of_what_flows_is_one() -> None:
    flow = ARCHITECTURE.read_text(encoding="utf-8").split("## What flows")[1].split("\n## ")[0]
    events = set(re.findall(r"\b[A-Z][a-z]+(?:Asked|Ready|Raised|Replied|Closed|Given|Indexed|Removed)\b", flow))
    assert events
    assert events <= set(known_events())


def test_every_place_that_makes_an_incoming_message_is_named() -> None:
    makes = {path for path in sources() if "IncomingMessage(" in (ROOT / path).read_text(encoding="utf-8")}
    lines = CHANGING.read_text(encoding="utf-8").splitlines()
    told = next(line for line in lines if "make an `IncomingMessage`" in line)
    named = {name.rpartition("/")[2] for name in re.findall(r"`([\w/]+\.py)`", told)}
    assert {path.rpartition("/")[2] for path in makes} == named


def test_every_place_that_makes_a_question_is_named() -> None:
    """A field that one of them leaves out is missing in just those answers."""
    pattern = re.compile(r"(?<![\w.])Question\(")
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in sources()}
    makes = {path for path, text in texts.items() if pattern.search(text) and "domain.answer import" in text}
    lines = CHANGING.read_text(encoding="utf-8").splitlines()
    told = next(line for line in lines if "makes a `Question`" in line)
    named = {name.rpartition("/")[2] for name in re.findall(r"`([\w/]+\.py)`", told)}
    assert {path.rpartition("/")[2] for path in makes} == named


def short(path: str) -> str:
    """A source as the page names it."""
    return next(
        (f"{letter}/{path[len(root) + 1 :]}" for letter, root in PACKAGES.items() if path.startswith(root)), path
    )


@pytest.mark.parametrize("event", sorted(known_events()))
def test_who_tells_of_an_event_and_who_hears_it_is_said(event: str) -> None:
    texts = {short(path): (ROOT / path).read_text(encoding="utf-8") for path in sources() if "/contracts/" not in path}
    tells = {path for path, text in texts.items() if re.search(rf"\b{event}\(", text)}
    listeners = {path: text for path, text in texts.items() if re.search(r"\b_?bus\.(subscribe|listen)\(", text)}
    hears = {path for path, text in listeners.items() if re.search(rf"\b{event}\b", text)}
    [row] = [line for line in CHANGING.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{event}` |")]
    _, _, told_by, heard_by, _ = row.split("|")
    assert set(re.findall(r"`([^`]+)`", told_by)) == tells
    assert set(re.findall(r"`([^`]+)`", heard_by)) == hears
