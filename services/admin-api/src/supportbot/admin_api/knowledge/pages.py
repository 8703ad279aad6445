"""The pages of documents: all of them, how far each is, and what one was made into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.documents.access import AccessStore, UploadQuery
from supportbot.admin_api.documents.chunks import ChunkStore
from supportbot.admin_api.documents.receiving import receive
from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.schemas import Document
from supportbot.admin_api.documents.service import DocumentService, NotAnUploadError, UnknownDocumentError
from supportbot.admin_api.documents.versions import UnknownVersionError, VersionStore
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.knowledge.access_form import UnfitAccessError, wanted_of
from supportbot.admin_api.knowledge.listing import Listing, Show
from supportbot.admin_api.live import LivePages
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.document_access import ChangedMeanwhileError
from supportbot.common.database.document_progress import STAGES
from supportbot.common.files.kinds import DOCUMENT_ENDINGS
from supportbot.common.files.refusals import told
from supportbot.common.web.language import reader_language

PATH: Final = "/inbox/knowledge"
ONE: Final = f"{PATH}/documents"
CHUNKS_SHOWN: Final = 20
_LOOK_S: Final = 1.0
_Start = Annotated[int, Query(alias="from", ge=0, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class KnowledgePages:
    """Routes for whoever may see documents, and change them."""

    repository: DocumentRepository
    service: DocumentService
    versions: VersionStore
    access: AccessStore
    chunks: ChunkStore
    listing: Listing
    live: LivePages
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("documents"))
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("/events", self.stream, methods=["GET"])
        router.add_api_route("/upload", self.upload, methods=["POST"])
        router.add_api_route("/documents/{document_id:path}", self.show, methods=["GET"])
        for action, work in (
            ("access", self.change_access),
            ("retry", self.retry),
            ("restore", self.restore),
            ("remove", self.remove),
        ):
            router.add_api_route(f"/{action}/{{document_id:path}}", work, methods=["POST"])
        return router

    async def show_all(self, request: Request) -> Response:
        """Every document, and a place to drop more."""
        values = {"endings": DOCUMENT_ENDINGS, "limit": self.service.upload_limit, **await self._listed(request)}
        return self.rendering.page(request, "knowledge.html", NOTHING, **values)

    async def stream(self, request: Request) -> Response:
        """The list, or the opened document, as the work on it goes on."""
        caller, opened = caller_of(request), request.query_params.get("open", "")

        async def look() -> Mapping[str, str]:
            if opened:
                return await self._one_piece(request, opened)
            return {"documents": self._piece(request, "documents.html", await self._listed(request))}

        return self.live.open(look, caller, every_s=_LOOK_S)

    async def upload(self, request: Request, name: str = "") -> Response:
        """Take one file in: its content is the body, so that the page can show how far it is."""
        uploaded = await receive(self.service, request, UploadQuery(name=name))
        self.live.ring()
        return JSONResponse({"document": uploaded.document, "new": uploaded.is_new}, 202)

    async def show(self, request: Request, document_id: str, start: _Start = 0) -> Response:
        """One document: how far it is, who may find it, its versions and passages."""
        return await self._page(request, document_id, start=start)

    async def change_access(self, request: Request, document_id: str) -> Response:
        """Set who may find it, until when, its language and tags."""
        fields = await form_of(request)
        try:
            wanted = wanted_of(fields)
            there = await self.access.change(document_id, wanted, caller_of(request).actor)
        except UnfitAccessError as error:
            return await self._page(request, document_id, Refusal(f"knowledge.unfit_{error.field}", 422), typed=fields)
        except ChangedMeanwhileError:
            return await self._page(request, document_id, Refusal("knowledge.changed_meanwhile", 409))
        if not there:
            raise Problem(404, "no_document")
        return self._done(document_id, "access")

    async def retry(self, request: Request, document_id: str) -> Response:
        """Try again now."""
        again = await self.service.retry(document_id, caller_of(request).actor)
        return self._done(document_id, "retry" if again else "no_retry")

    async def restore(self, request: Request, document_id: str) -> Response:
        """Go back to an earlier version."""
        number = (await form_of(request)).get("number", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):  # noqa: PLR2004  # the column's integer
            raise Problem(422, "invalid", name="number")
        try:
            changed = await self.versions.restore(document_id, int(number), caller_of(request).actor)
        except UnknownVersionError:
            return await self._page(request, document_id, Refusal("knowledge.no_version", 404))
        return self._done(document_id, "restore" if changed else "same_version")

    async def remove(self, request: Request, document_id: str) -> Response:
        """Remove it, where its name was typed to make sure."""
        document = await self._known(document_id)
        if (await form_of(request)).get("name", "").strip() != document.name:
            return await self._page(request, document_id, Refusal("knowledge.other_name", 422))
        try:
            await self.service.remove(document_id, caller_of(request).actor)
        except UnknownDocumentError as error:
            raise Problem(404, "no_document") from error
        except NotAnUploadError:
            return await self._page(request, document_id, Refusal("knowledge.not_uploaded", 409))
        self.live.ring()
        return to_page(f"{PATH}?done=removed")

    def _done(self, document_id: str, done: str) -> Response:
        self.live.ring()
        return to_page(f"{ONE}/{quote(document_id)}?done={done}")

    async def _known(self, document_id: str) -> Document:
        document = await self.repository.one(document_id)
        if document is None:
            raise Problem(404, "no_document")
        return document

    async def _listed(self, request: Request) -> dict[str, Any]:
        asked = request.query_params
        show = asked.get("show", "")
        found = await self.listing.page(
            words=asked.get("q", "")[:200], show=show if show in get_args(Show) else "all", after=asked.get("after", "")
        )
        return {"listed": found, "shows": get_args(Show), "reason": _reason_in(request)}

    async def _one_piece(self, request: Request, document_id: str) -> Mapping[str, str]:
        document = await self.repository.one(document_id)
        if document is None:
            return {}
        versions = await self.versions.of(document_id)
        values = {"document": document, "versions": versions.items, "reason": _reason_in(request), "stages": STAGES}
        return {
            "progress": self._piece(request, "document_progress.html", values),
            "versions": self._piece(request, "document_versions.html", values),
        }

    def _piece(self, request: Request, template: str, values: Mapping[str, Any]) -> str:
        return self.rendering.render(template, reader_language(request), caller_of(request), **values)

    async def _page(
        self,
        request: Request,
        document_id: str,
        refusal: Refusal = NOTHING,
        *,
        start: int = 0,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        document = await self._known(document_id)
        values = {
            "document": document,
            "versions": (await self.versions.of(document_id)).items,
            "chunks": await self.chunks.of(document_id, start, CHUNKS_SHOWN),
            "start": start,
            "reason": _reason_in(request),
            "stages": STAGES,
            "typed": typed or {},
        }
        return self.rendering.page(request, "document.html", refusal, done_of="knowledge", **values)


def _reason_in(request: Request) -> Any:
    language = reader_language(request)
    return lambda text: told(text, language)
