"""Question sets asked of an index over their documents, for the tools that fit constants to what was found."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.domain.query import Query, read_question
from supportbot.answerer.domain.retrieved import Retrieved
from supportbot.answerer.evaluation.run import fill
from supportbot.answerer.evaluation.sets import SetDocument, SetQuestion, read_lines
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.indexer.adapters.markdown import read_markdown
from supportbot.indexer.domain.chunking import chunk_document, chunk_parsed

FOLDS = 5


@dataclass(frozen=True)
class Found:
    """A question with what was found for it."""

    source: int
    """Which of the arguments it came with."""
    name: str
    question: SetQuestion
    query: Query
    retrieved: Retrieved
    topic: str
    """The title of the document that answers it; empty where none does."""

    @property
    def asks(self) -> str:
        """The same for all variants of a question (languages, typos, other documents)."""
        return self.question.id.partition("-")[2] or self.question.id


async def ask_all(arguments: Sequence[str]) -> list[Found]:
    """Everything of all arguments, each `FOLDER` or `FOLDER:OTHER`."""
    return [one for place, argument in enumerate(arguments) for one in await _ask(place, *_places(argument))]


def folds(asked: Sequence[Found]) -> list[int]:
    """On which side of a split each is: one for all questions about documents of one title, whatever the variant."""
    topics = {one.asks: one.topic for one in asked if one.topic}
    return [crc32((one.topic or topics.get(one.asks, one.asks)).encode()) % FOLDS for one in asked]


def _places(argument: str) -> tuple[Path, Path]:
    folder, _, other = argument.partition(":")
    return Path(folder), Path(other or folder)


async def _ask(source: int, folder: Path, asked: Path) -> list[Found]:
    documents = _documents(folder)
    titles = {document.id: document.title for document in documents}
    with tempfile.TemporaryDirectory() as temporary:
        index = await EdgeKnowledgeIndex.open(Path(temporary))
        await fill(index, documents, chunk_document)
        for name, content in _markdown(folder):
            titles[name] = Path(name).stem
            await index.replace(name, "1", chunk_parsed(name, read_markdown(name, content)))
        found = []
        for question in read_lines(asked / "questions.jsonl", SetQuestion):
            history = tuple(HistoryTurn(turn.role, turn.text) for turn in question.history)
            query = read_question(Question(question.text, history))
            topic = titles.get(question.gold[0], "") if question.gold else ""
            retrieved = await retrieve_passages(query, index)
            found.append(Found(source, asked.name, question, query, retrieved, topic))
        await index.close()
        return found


def _documents(folder: Path) -> list[SetDocument]:
    file = folder / "documents.jsonl"
    return read_lines(file, SetDocument) if file.exists() else []


def _markdown(folder: Path) -> Iterator[tuple[DocumentId, bytes]]:
    for file in sorted(folder.rglob("*.md")):
        yield DocumentId(file.relative_to(folder).as_posix()), file.read_bytes()
