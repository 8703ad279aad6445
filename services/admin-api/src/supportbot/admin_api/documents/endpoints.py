"""The routes of documents, under `/api/v1/documents`."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.api_router import PAGE, Limit, guarded_router
from supportbot.admin_api.documents.access import AccessStore, DocumentChange, Tag, UploadQuery, revision_in
from supportbot.admin_api.documents.chunks import ChunkStore, DocumentChunks
from supportbot.admin_api.documents.finding_store import DocumentFindings, FindingStore
from supportbot.admin_api.documents.receiving import receive
from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.schemas import Document, DocumentPage
from supportbot.admin_api.documents.search_store import FoundChunks, SearchStore
from supportbot.admin_api.documents.service import DocumentService, NotAnUploadError, UnknownDocumentError
from supportbot.admin_api.documents.telling import in_words, page_in_words, versions_in_words
from supportbot.admin_api.documents.versions import DocumentVersions, UnknownVersionError, VersionStore
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, problems
from supportbot.common.database.document_access import ChangedMeanwhileError
from supportbot.common.telemetry.logging import logger
from supportbot.common.web.language import reader_language

_log = logger(__name__)
PATH = "/api/v1/documents"
MOST_FOUND = 50
FOUND = 10
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY["schema"]}}}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": _FORM, "application/octet-stream": _BINARY}}
}
_UNCHANGED: dict[str, Any] = {"model": Document, "description": "It has this content already"}
_Match = Annotated[str | None, Header(alias="If-Match", max_length=64, description="`ETag` of the document, or `*`")]
_Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Repeated with the same name and content it has no second effect; with others it is refused",
    ),
]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the version")]
_From = Annotated[int, Query(alias="from", ge=0, le=2**31 - 1, description="`next` of the page before")]
_After = Annotated[str, Query(max_length=512, description="`next` of the page before")]
_Tags = Annotated[
    list[Tag] | None,
    Query(alias="tag", max_length=32, description="Only what is filed under all of these", examples=[["prices"]]),
]
_Words = Annotated[
    str,
    Query(
        alias="q",
        min_length=1,
        max_length=500,
        description="Words in any form; Russian or English",
        examples=["return fee"],
    ),
]
_FoundLimit = Annotated[int, Query(ge=1, le=MOST_FOUND)]


@dataclass(frozen=True, slots=True)
class DocumentEndpoints:
    """Routes that demand a key with the scope `documents`."""

    repository: DocumentRepository
    service: DocumentService
    versions: VersionStore
    access: AccessStore
    chunks: ChunkStore
    finding_store: FindingStore
    search_store: SearchStore
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "documents")
        router.add_api_route(
            "",
            self.upload,
            methods=["POST"],
            status_code=202,
            response_model=Document,
            response_description="It is stored, and waits to be indexed",
            responses={200: _UNCHANGED, **problems(400, 404, 408, 409, 413, 415)},
            openapi_extra=_BODY,
        )
        router.add_api_route("", self.show_page, methods=["GET"])
        one = "/{document_id:path}"
        retry = "/{document_id:path}/retry"
        router.add_api_route(retry, self.retry, methods=["POST"], status_code=202, responses=problems(404, 409))
        router.add_api_route("/findings", self.findings, methods=["GET"])
        router.add_api_route("/search", self.search, methods=["GET"])
        chunks = "/{document_id:path}/chunks"
        router.add_api_route(chunks, self.show_chunks, methods=["GET"], responses=problems(404))
        versions = "/{document_id:path}/versions"
        router.add_api_route(versions, self.show_versions, methods=["GET"], responses=problems(404))
        restore = f"{versions}/{{number}}/restore"
        router.add_api_route(restore, self.restore, methods=["POST"], status_code=202, responses=problems(404, 409))
        router.add_api_route(one, self.show, methods=["GET"], responses=problems(404))
        router.add_api_route(
            one,
            self.change,
            methods=["PATCH"],
            response_description="As it is now",
            responses=problems(404, 412, 428),
        )
        router.add_api_route(one, self.remove, methods=["DELETE"], status_code=202, responses=problems(404, 409))
        return router

    async def upload(
        self,
        request: Request,
        given: Annotated[UploadQuery, Query()],
        once: _Once = None,
    ) -> Response:
        """Upload a document, or a new version of the one with the same name.

        It answers when the content is stored; indexing follows. The version before serves until the new one does.
        Audience, tags, language and date hold from its first moment on; those that are not given stay as they are.
        """
        uploaded = await receive(self.service, request, given, once)
        caller = caller_of(request)
        _log.info("A document was uploaded", document=uploaded.document, new=uploaded.is_new, key=caller.name)
        document = await self.repository.one(uploaded.document)
        if document is None:
            raise Problem(404, "removed_since")
        headers = {"Location": f"{PATH}/{quote(document.id)}", "Cache-Control": "no-store"}
        told = in_words(document, reader_language(request))
        return JSONResponse(told.model_dump(mode="json"), 202 if uploaded.is_new else 200, headers)

    async def show_page(
        self, request: Request, after: _After = "", limit: Limit = PAGE, tags: _Tags = None
    ) -> DocumentPage:
        """The documents of the knowledge base, wherever they came from: all, or those that have all of some tags."""
        if after and not after.isprintable():
            raise Problem(422, "invalid", name="after")
        page = await self.repository.page(after, limit, tags or ())
        return page_in_words(page, reader_language(request))

    async def search(self, query: _Words, tags: _Tags = None, limit: _FoundLimit = FOUND) -> FoundChunks:
        """The passages in which these words occur, the best first: to find out what the documents say.

        It looks through everything that serves, also what only operators may see and what has expired; both are
        marked. Whether an answer would be made from a passage is another question: that is for `supportbot ask`.
        """
        return await self.search_store.search(query, tags or (), limit)

    async def show(self, request: Request, document_id: str, response: Response) -> Document:
        """A document and how far it is. Its `ETag` is what `If-Match` of a change has to be."""
        document = await self._known(request, document_id)
        response.headers["ETag"] = f'"{document.revision}"'
        return document

    async def change(
        self, request: Request, document_id: str, change: DocumentChange, response: Response, match: _Match = None
    ) -> Document:
        """Set who may find a document, until when, its language or tags, whatever its origin.

        It holds for searches when this answers, or a moment later: then `access_applied` is false. Needs `If-Match`
        with the document's `ETag`, so that nobody undoes what somebody else has just done; `*` for whatever it is.
        """
        await self._known(request, document_id)
        if match is None:
            raise Problem(428, "no_if_match")
        try:
            there = await self.access.change(document_id, change.wanted(revision_in(match)), caller_of(request).actor)
        except (ChangedMeanwhileError, ValueError) as error:
            raise Problem(412, "changed_meanwhile") from error
        if not there:
            raise Problem(404, "no_document")
        _log.info("A document was changed", document=document_id, key=caller_of(request).name)
        return await self.show(request, document_id, response)

    async def _known(self, request: Request, document_id: str) -> Document:
        document = await self.repository.one(document_id)
        if document is None:
            raise Problem(404, "no_document")
        return in_words(document, reader_language(request))

    async def retry(self, request: Request, document_id: str) -> Document:
        """Try again now what failed, or waits for its next attempt; it goes on where it stopped."""
        await self._known(request, document_id)
        if not await self.service.retry(document_id, caller_of(request).actor):
            raise Problem(409, "nothing_to_retry")
        _log.info("A document is to be tried again", document=document_id, key=caller_of(request).name)
        return await self._known(request, document_id)

    async def findings(self) -> DocumentFindings:
        """What the documents say twice, and where their figures differ: for whoever looks after them.

        Near-duplicates are passages of different documents that share most of their word sequences. Contradictions are
        sentences that are the same but for their numbers, units or prices. Both are found by words alone, so not every
        one is a mistake, and what is said in other words is not found.
        """
        return await self.finding_store.findings()

    async def show_chunks(
        self, request: Request, document_id: str, start: _From = 0, limit: Limit = PAGE
    ) -> DocumentChunks:
        """The passages that serve, as they are searched: to see what became of a document."""
        await self._known(request, document_id)
        return await self.chunks.of(document_id, start, limit)

    async def show_versions(self, request: Request, document_id: str) -> DocumentVersions:
        """The contents that an uploaded document had, newest first; `DOCUMENT_VERSIONS` says how many are kept."""
        await self._known(request, document_id)
        return versions_in_words(await self.versions.of(document_id), reader_language(request))

    async def restore(self, request: Request, document_id: str, number: _Number) -> Document:
        """Go back to an earlier version: its content becomes the newest one.

        What serves now does so until that is indexed, which costs nothing for passages that both have.
        """
        await self._known(request, document_id)
        try:
            changed = await self.versions.restore(document_id, number, caller_of(request).actor)
        except UnknownVersionError as error:
            raise Problem(404, "no_version") from error
        if not changed:
            raise Problem(409, "same_version")
        _log.info("A version is brought back", document=document_id, number=number, key=caller_of(request).name)
        return await self._known(request, document_id)

    async def remove(self, request: Request, document_id: str) -> Document:
        """Remove an uploaded document; a moment later no answer is made from it."""
        document = await self._known(request, document_id)
        try:
            await self.service.remove(document_id, caller_of(request).actor)
        except UnknownDocumentError as error:
            raise Problem(404, "no_document") from error
        except NotAnUploadError as error:
            raise Problem(409, "not_uploaded") from error
        _log.info("A document is to be removed", document=document_id, key=caller_of(request).name)
        removing = document.model_copy(update={"state": "removing", "serving": False})
        return in_words(removing, reader_language(request))
