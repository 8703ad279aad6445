"""The routes of conversations, under `/api/v1/conversations`."""

import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.recognising import Caller, caller_of
from supportbot.admin_api.api_router import PAGE, After, Limit, guarded_router
from supportbot.admin_api.conversations.repository import ConversationRepository
from supportbot.admin_api.conversations.schemas import (
    Conversation,
    ConversationChange,
    ConversationPage,
    NoteToKeep,
    ReplyToSend,
    State,
)
from supportbot.admin_api.conversations.service import ConversationService
from supportbot.admin_api.if_match import ChangedMeanwhileError, Match, expected_version
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.receiving_files import FileReceiver
from supportbot.admin_api.inbox.schemas import Asked
from supportbot.admin_api.inbox.search import QUERY_CHARACTERS
from supportbot.admin_api.inbox.service import (
    EmptyReplyError,
    NoColleagueError,
    ReplyTooLongError,
    ReusedIdError,
    UnknownConversationError,
)
from supportbot.admin_api.inbox.triage import LABEL_CHARACTERS, LONGEST_SNOOZE, UnfitLabelError
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, problems
from supportbot.common.ids import ConversationId
from supportbot.common.plain_text import TEXT_LIMIT, clean_text

PATH: Final = "/api/v1/conversations"
SEQ_DIGITS: Final = 10
_FIELDS: Final = {
    "text": {"type": "string", "maxLength": TEXT_LIMIT, "description": "Words that go before it; may be missing"},
    "seen": {"type": "integer", "minimum": 0, "maximum": 10 ** (SEQ_DIGITS - 1) - 1, "description": "As of a reply"},
    "file": {"type": "string", "format": "binary"},
}
_FORM: Final = {"schema": {"type": "object", "required": ["file"], "properties": _FIELDS}}
_BODY: Final = {"requestBody": {"required": True, "content": {"multipart/form-data": _FORM}}}
_State = Annotated[State, Query(description="Only those that wait for a person, that nobody took, …")]
_Label = Annotated[str, Query(max_length=LABEL_CHARACTERS, description="Only those with this label")]
_Query = Annotated[
    str,
    Query(alias="q", max_length=QUERY_CHARACTERS, description="Those in which this is said, the newest 50; else all"),
]
_Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Repeated with the same text it has no second effect; with another it is refused",
    ),
]


@dataclass(frozen=True, slots=True)
class ConversationEndpoints:
    """Routes that demand a key with the scope `inbox`, or an operator."""

    repository: ConversationRepository
    service: ConversationService
    events: InboxEvents
    receiver: FileReceiver
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "inbox", tag="conversations")
        router.add_api_route("", self.show_page, methods=["GET"])
        one = "/{conversation_id}"
        router.add_api_route(one, self.show, methods=["GET"], response_model=Conversation, responses=problems(404))
        changed = {"response_model": Conversation, "response_description": "As it is now"}
        router.add_api_route(one, self.change, methods=["PATCH"], responses=problems(404, 412, 428), **changed)  # type: ignore[arg-type]  # of three kinds
        more = {**changed, "status_code": 201, "responses": problems(404, 409)}
        router.add_api_route(f"{one}/replies", self.reply, methods=["POST"], **more)  # type: ignore[arg-type]
        sent = {**changed, "status_code": 201, "responses": problems(400, 404, 408, 409, 413, 415)}
        router.add_api_route(f"{one}/files", self.send_file, methods=["POST"], openapi_extra=_BODY, **sent)  # type: ignore[arg-type]
        router.add_api_route(f"{one}/notes", self.note, methods=["POST"], **more)  # type: ignore[arg-type]
        return router

    async def show_page(
        self, state: _State = "all", label: _Label = "", q: _Query = "", after: After = None, limit: Limit = PAGE
    ) -> ConversationPage:
        """Conversations, those that began last first."""
        asked = Asked(state, clean_text(label), clean_text(q))
        found = await self.repository.page(asked, after, limit + 1)
        following = found[limit - 1].id if len(found) > limit and not asked.query else None
        return ConversationPage(items=list(found[:limit]), next=following)

    async def show(self, conversation_id: UUID) -> Response:
        """One with what was said last; the ETag goes back as If-Match with a change."""
        return await self._answer(ConversationId(conversation_id))

    async def change(
        self, request: Request, conversation_id: UUID, change: ConversationChange, if_match: Match = None
    ) -> Response:
        """Take over, assign, hand back, close, label, snooze, prioritise: all that is given, or nothing."""
        expected = expected_version(if_match)
        _check_snooze(change.snoozed_until)
        if change.assigned_to is not None and change.mode not in {None, "person"}:
            raise Problem(422, "invalid", name="assigned_to")  # whoever has it answers
        opened_id = ConversationId(conversation_id)
        try:
            await self.service.change(opened_id, change, expected, caller_of(request))
        except UnknownConversationError as error:
            raise Problem(404, "no_conversation") from error
        except ChangedMeanwhileError as error:
            raise Problem(412, "changed_meanwhile") from error
        except UnfitLabelError as error:
            raise Problem(422, "unfit_label") from error
        except NoColleagueError as error:
            raise Problem(422, "no_colleague") from error
        self.events.ring()
        return await self._answer(opened_id)

    async def reply(self, request: Request, conversation_id: UUID, reply: ReplyToSend, once: _Once = None) -> Response:
        """Send a reply to the person who asked."""
        caller, opened_id = caller_of(request), ConversationId(conversation_id)
        work = self.service.inbox.reply(
            opened_id, text=reply.text, seen=reply.seen, client_id=_key(caller, once), operator=caller.name
        )
        return await self._written(opened_id, work)

    async def send_file(self, request: Request, conversation_id: UUID, once: _Once = None) -> Response:
        """Send a file to the person who asked, with or without words; the fields come before the file."""
        caller, opened_id = caller_of(request), ConversationId(conversation_id)
        received = await self.receiver.receive(request)
        seen = received.fields.get("seen", "0")
        if not (seen.isascii() and seen.isdecimal() and len(seen) < SEQ_DIGITS):
            raise Problem(422, "invalid", name="seen")
        given: dict[str, Any] = {
            "text": received.fields.get("text", ""),
            "client_id": _key(caller, once),
            "operator": caller.name,
        }
        work = self.service.inbox.reply(opened_id, **given, seen=int(seen), file=received.file)
        return await self._written(opened_id, work)

    async def note(self, request: Request, conversation_id: UUID, note: NoteToKeep, once: _Once = None) -> Response:
        """Keep a note for colleagues; the person who asked never sees it."""
        caller, opened_id = caller_of(request), ConversationId(conversation_id)
        work = self.service.inbox.note(opened_id, text=note.text, client_id=_key(caller, once), author=caller.name)
        return await self._written(opened_id, work)

    async def _written(self, conversation_id: ConversationId, work: Awaitable[None]) -> Response:
        try:
            await work
        except UnknownConversationError as error:
            raise Problem(404, "no_conversation") from error
        except (EmptyReplyError, ReplyTooLongError) as error:
            raise Problem(422, "invalid", name="text") from error
        except ReusedIdError as error:
            raise Problem(409, "reused_key") from error
        self.events.ring()
        return await self._answer(conversation_id, 201)

    async def _answer(self, conversation_id: ConversationId, status: int = 200) -> Response:
        found = await self.repository.one(conversation_id)
        if found is None:
            raise Problem(404, "no_conversation")
        conversation, tag = found
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-store"}
        return JSONResponse(conversation.model_dump(mode="json"), status, headers)


def _key(caller: Caller, once: str | None) -> str:
    """Keys of different callers never meet."""
    return f"{caller.id}:{once}" if once is not None else secrets.token_hex(16)


def _check_snooze(until: datetime | None) -> None:
    if until is not None and not datetime.now(UTC) < until <= datetime.now(UTC) + LONGEST_SNOOZE:
        raise Problem(422, "unfit_snooze")
