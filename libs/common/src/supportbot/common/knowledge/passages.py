"""What the indexer writes into the knowledge index and what the answerer reads from it."""

from dataclasses import dataclass, field

from supportbot.common.ids import ChunkId, DocumentId


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of a document as it is stored: its text, and where in which document it stands."""

    chunk_id: ChunkId
    document: DocumentId
    title: str
    headings: tuple[str, ...]
    text: str
    position: int
    """Place in the document, counted from 0: neighbours have neighbouring positions."""
    language: str
    """`ru`, `en` or `und`, by the script and words of the text."""
    source: str = ""
    """Where a reader can see it: a URL or a path; may be empty."""
    page: int = 0
    """The page or slide on which it begins, counted from 1; 0 where the document has none."""
    audience: str = "public"
    context: str = ""
    """What it is about within its document, in a model's words: searched, and never quoted."""


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term numbers and their weights, of equal length, without repeats."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that a search found, with its score in each vector space that was searched."""

    passage: Passage
    scores: dict[str, float] = field(default_factory=dict)
    """By name of the vector: `stems`, `grams`, `dense`; a space in which it was not found is absent."""
