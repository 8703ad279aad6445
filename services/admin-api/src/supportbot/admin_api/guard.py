"""Who may use the pages for operators. Every route of theirs depends on this, and on nothing else."""

from fastapi import HTTPException
from starlette.requests import Request

from supportbot.common.i18n import translate
from supportbot.common.web.language import reader_language
from supportbot.common.web.origin import from_own_page, is_local_viewer

_READING = frozenset({"GET", "HEAD"})


async def operators_only(request: Request) -> None:
    """Let in a browser on this very machine; a change must come from one of our own pages.

    Raises:
        HTTPException: 403, with the reason in one line.
    """
    if not is_local_viewer(request):
        raise HTTPException(403, translate("inbox.only_local", reader_language(request)))
    if request.method not in _READING and not from_own_page(request):
        raise HTTPException(403, translate("inbox.elsewhere", reader_language(request)))
