"""Times and memory of indexing, as the product does it: folder, database, embedded index, without embeddings."""

import asyncio
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.ids import DocumentId
from supportbot.common.telemetry.logging import set_up_logging
from supportbot.indexer.adapters.reading import FileReader
from tests.bench.figures import Figure
from tests.bench.indexing.making import Made, by_browser, by_hand, by_libraries
from tests.bench.indexing.quality import Kept, ours, theirs
from tests.bench.rivals.corpus import write_corpus
from tests.bench.rivals.environment import NoEnvironmentError, interpreter
from tests.documents.pdf import Page, pdf
from tests.integration.indexing import Bench

ARTICLES = 400
BULK_PASSAGES = 12_000
PAGES = 300
LOCKED = "bench-markitdown"
_LIMIT = 20_000_000
_SENTENCE = "Delivery to zone {0} takes {0} days and costs {1} roubles, whatever the weather is like there. "


async def markdown() -> AsyncIterator[Figure]:
    """400 articles, the same again, and as much as is needed to know the speed."""
    set_up_logging("bench", level="WARNING")
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as name:
        folder = Path(name)
        for number in range(ARTICLES):
            path = folder / "documents" / f"{number}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"# Article {number}\n\n" + "\n\n".join(_section(number, part) for part in range(6)))
        seconds, _ = await _indexed(folder)
        yield Figure(f"{ARTICLES} articles", seconds, "s", 15)
        again, _ = await _indexed(folder)
        yield Figure(f"{ARTICLES} articles, unchanged again", again, "s", 1)
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as name:
        folder = Path(name)
        corpus = await asyncio.to_thread(write_corpus, folder, BULK_PASSAGES)
        size = sum(path.stat().st_size for path in corpus.documents.rglob("*.md"))
        seconds, passages = await _indexed(folder)
        yield Figure("Markdown", size / seconds / 1e6, "MB/s", 3, f"{size / 1e6:.1f} MB", higher_is_better=True)
        yield Figure("Markdown, passages", passages / seconds, "/s", 2_000, f"{passages} in all", higher_is_better=True)


async def documents() -> AsyncIterator[Figure]:
    """A PDF of 300 pages, and the memory that reading it takes with that of the process beside it."""
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as name:
        path = Path(name) / "long.pdf"
        path.write_bytes(pdf(*map(_page, range(1, PAGES + 1)), title="Long"))
        began = time.perf_counter()
        read = await FileReader(_LIMIT).read(DocumentId("long.pdf"), path, isolated=False)
        yield Figure(f"a PDF of {PAGES} pages", time.perf_counter() - began, "s", 20, f"{len(read.passages)} passages")
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Figure("reading it, with the process beside", child + parent, "MB", 400, f"{child:.0f} MB of it reading")


async def quality() -> AsyncIterator[Figure]:
    """The same content in many formats by many producers: what is kept of it here and by markitdown, and how fast."""
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as name:
        folder, rival, why = Path(name), None, ""
        documents = list(by_hand(folder))
        try:
            rival = await asyncio.to_thread(interpreter, LOCKED)
            documents += await asyncio.to_thread(lambda: list(by_libraries(folder, rival)))
        except NoEnvironmentError as error:
            why = str(error)
        documents += await asyncio.to_thread(lambda: list(by_browser(folder)))
        for made in documents:
            kept, took_ms = _read_here(made)
            note = f"{kept}; {took_ms:.0f} ms"
            yield Figure(f"{made.name}: kept", kept.share, "%", 100, note, higher_is_better=True)
        if rival is None:
            yield Figure("markitdown and documents of libraries", 0, "", None, f"not measured: {why}")
            return
        answer = await asyncio.to_thread(_markitdown, rival, documents)
        for made in documents:
            yield _of_rival(made, answer["told"][str(made.path)], answer["seconds"][str(made.path)])
        yield Figure("markitdown, memory", answer["megabytes"], "MB")


def _read_here(made: Made) -> tuple[Kept, float]:
    """The second reading is measured: the first one loads libraries."""
    ours(made)
    began = time.perf_counter()
    return ours(made), (time.perf_counter() - began) * 1000


def _of_rival(made: Made, told: str, seconds: float) -> Figure:
    name = f"{made.name}: kept by markitdown"
    if not told:
        return Figure(name, 0, "%", None, "it does not read this file")
    kept = theirs(made, told)
    return Figure(name, kept.share, "%", None, f"{kept}; {seconds * 1000:.0f} ms")


def _markitdown(python: Path, documents: Sequence[Made]) -> dict[str, Any]:
    command = [str(python), str(Path(__file__).with_name("rival.py")), *(str(made.path) for made in documents)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _page(number: int) -> Page:
    return Page([f"# Chapter {number}", *(_SENTENCE.format(number, line) for line in range(25))])


def _section(number: int, part: int) -> str:
    text = "".join(_SENTENCE.format(number + part, line) for line in range(5))
    return f"## How is it with part {part}?\n\n{text}\n\n- one thing\n- another thing"


async def _indexed(folder: Path) -> tuple[float, int]:
    """Seconds until the folder is searchable, and how many passages that are then."""
    database = SqliteDatabase(folder / "bench.db")
    await migrate(database)
    try:
        began = time.perf_counter()
        async with Bench(folder, database).running() as (service, index):
            await service.until_settled()
            return time.perf_counter() - began, await index.size()
    finally:
        await database.close()
