"""Refusals by their codes: each a state in which a document ends, with a text that says what to do."""

from typing import Any

from supportbot.common.files.refusals import kind_named, refused_text
from supportbot.indexer.domain.documents import UnreadableDocumentError


def refusal(code: str, *, kind: str = "", **values: Any) -> UnreadableDocumentError:
    """The error for a code of `document.refused`; `kind` is a code of `document.kind`."""
    if kind:
        values["kind"] = kind_named(kind)
    return UnreadableDocumentError(refused_text(code, **values))
