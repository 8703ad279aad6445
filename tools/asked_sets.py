"""Question sets asked of an index over their documents, for the tools that fit constants to what was found."""

import tempfile
from collections.abc import Iterator
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
Found = tuple[SetQuestion, Query, Retrieved]


def places(argument: str) -> tuple[Path, Path]:
    """`FOLDER:OTHER` as the folder of the documents and that of the questions; mostly they are the same."""
    folder, _, other = argument.partition(":")
    return Path(folder), Path(other or folder)


async def found(folder: Path, asked: Path) -> list[Found]:
    """What is found for every question of a folder in the documents of another: `documents.jsonl` or Markdown files."""
    with tempfile.TemporaryDirectory() as temporary:
        index = await EdgeKnowledgeIndex.open(Path(temporary))
        await fill(index, _documents(folder), chunk_document)
        for name, content in _markdown(folder):
            await index.replace(name, "1", chunk_parsed(name, read_markdown(name, content)))
        all_found = []
        for question in read_lines(asked / "questions.jsonl", SetQuestion):
            history = tuple(HistoryTurn(turn.role, turn.text) for turn in question.history)
            query = read_question(Question(question.text, history))
            all_found.append((question, query, await retrieve_passages(query, index)))
        await index.close()
        return all_found


def fold(question: SetQuestion) -> int:
    """On which side of a split a question is: the same for all its variants (languages, typos)."""
    topics = [Path(document).stem for document in question.gold if document.endswith(".md")]
    return crc32((topics[0] if topics else question.id.partition("-")[2]).encode()) % FOLDS


def _documents(folder: Path) -> list[SetDocument]:
    file = folder / "documents.jsonl"
    return read_lines(file, SetDocument) if file.exists() else []


def _markdown(folder: Path) -> Iterator[tuple[DocumentId, bytes]]:
    for file in sorted(folder.rglob("*.md")):
        yield DocumentId(file.relative_to(folder).as_posix()), file.read_bytes()
