"""Asks kreuzberg for a document's structure, and says what it means where it refuses."""

from typing import TYPE_CHECKING, Any, Final

from supportbot.indexer.adapters.readers.structure import StructureReader
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.refusals import refusal

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

_ENCRYPTED: Final = ("password", "encrypt")


def extract(content: bytes, mime: str, kind: str, **options: Any) -> "ExtractionResult":
    """What is in a file. No model is loaded, nothing is fetched, nothing is kept on the disk.

    Raises:
        UnreadableDocumentError: it is damaged, or protected by a password.
    """
    import kreuzberg

    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        include_document_structure=True,
        output_format="markdown",
        concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
        **options,
    )
    try:
        return kreuzberg.extract_bytes_sync(content, mime, config=config)
    except MemoryError:
        raise
    except Exception as error:
        said = str(error).lower()
        if any(word in said for word in _ENCRYPTED):
            raise refusal("encrypted_pdf" if kind == "pdf" else "encrypted_office") from error
        raise refusal("damaged", kind=kind) from error


def nodes_of(result: "ExtractionResult") -> list[Any]:
    """The nodes of a document in its order."""
    return list(result.document["nodes"]) if result.document else []


def outlined(result: "ExtractionResult", title: str = "") -> Outline:
    """A document's structure as an outline."""
    outline = Outline(title)
    StructureReader(nodes_of(result), outline).read()
    return outline
