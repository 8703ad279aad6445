"""Times and memory of indexing, as the product does it: folder, database, embedded index, without embeddings."""

import asyncio
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.ids import DocumentId
from supportbot.common.telemetry.logging import set_up_logging
from supportbot.indexer.adapters.reading import FileReader
from tests.bench.figures import Figure
from tests.bench.indexing.quality import ours, theirs, write_documents
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
    """The same content in five formats: what is kept of it here and by markitdown."""
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as name:
        paths = write_documents(Path(name))
        for path in paths:
            kept = ours(path)
            yield Figure(f"{path.suffix} kept", kept.share, "%", 100, str(kept), higher_is_better=True)
        try:
            answer = await asyncio.to_thread(_markitdown, paths)
        except NoEnvironmentError as error:
            yield Figure("markitdown", 0, "", None, f"not measured: {error}")
            return
        for path in paths:
            told = answer["told"][str(path)]
            if not told:
                yield Figure(f"{path.suffix} by markitdown", 0, "", None, "not measured: it refuses so small a file")
                continue
            kept = theirs(path, told)
            yield Figure(f"{path.suffix} kept by markitdown", kept.share, "%", None, str(kept))


def _markitdown(paths: list[Path]) -> dict[str, dict[str, str]]:
    script = Path(__file__).with_name("rival.py")
    command = [str(interpreter(LOCKED)), str(script), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoEnvironmentError(done.stderr.strip().splitlines()[-1])
    answer: dict[str, dict[str, str]] = json.loads(done.stdout)
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
