"""What is stored about a document, in words and in the language of whoever reads it."""

from typing import Final

from supportbot.admin_api.documents.schemas import Document, DocumentPage
from supportbot.admin_api.documents.versions import DocumentVersions
from supportbot.common.files.refusals import told
from supportbot.common.i18n import translate

_KEY: Final = "document.told."
_MINUTE: Final = 60


def in_words(document: Document, language: str) -> Document:
    """The document with its reason and warning in a language, and with how far it is in one sentence."""
    return document.model_copy(
        update={
            "summary": _summary(document, language),
            "reason": document.reason and told(document.reason, language),
            "warning": document.warning and told(document.warning, language),
        }
    )


def page_in_words(page: DocumentPage, language: str) -> DocumentPage:
    """All documents of a page so."""
    return page.model_copy(update={"items": [in_words(document, language) for document in page.items]})


def versions_in_words(versions: DocumentVersions, language: str) -> DocumentVersions:
    """The versions with their reasons so."""
    items = [one.model_copy(update={"reason": one.reason and told(one.reason, language)}) for one in versions.items]
    return versions.model_copy(update={"items": items})


def _summary(document: Document, language: str) -> str:
    progress = document.progress
    told_now = translate(_KEY + _code(document), language)
    if document.state != "indexing":
        return told_now
    if progress.total:
        told_now = translate(_KEY + "counted", language, what=told_now, done=progress.done, total=progress.total)
    if progress.eta_seconds is None:
        return told_now
    key, n = "seconds", max(1, round(progress.eta_seconds))
    if n > 2 * _MINUTE:
        key, n = "minutes", round(n / _MINUTE)
    return translate(_KEY + key, language, what=told_now, n=n)


def _code(document: Document) -> str:
    if document.state == "live":
        if document.expired:
            return "expired"
        return "operators" if document.audience != "public" else "live"
    if document.state == "received":
        return "paused" if document.progress.next_try_at else "received"
    if document.state == "indexing":
        return document.progress.activity or "begun"
    return document.state
