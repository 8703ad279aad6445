"""The routes on which files of conversations are opened, for the pages and for programs."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from supportbot.admin_api.api_router import guarded_router
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.page_route import page_router
from supportbot.admin_api.problems import Problem, problems
from supportbot.common.ids import ConversationId
from supportbot.common.web.sent_files import FileNotToBeHadError, SentFiles, UnknownFileError

_AGAIN_S: Final = 5
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The content: a picture as what it is, everything else to be saved",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "audio/*": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@dataclass(frozen=True, slots=True)
class FileEndpoints:
    """Whoever may read a conversation may open what is in it."""

    files: SentFiles
    pages: PageGuard
    keys: KeyGuard

    def router(self) -> APIRouter:
        """For browsers."""
        router = page_router("/inbox", self.pages.demand("inbox"))
        router.add_api_route("/{conversation_id}/files/{file_id}", self.show_file, methods=["GET"])
        return router

    def api_router(self) -> APIRouter:
        """For programs."""
        router = guarded_router("/api/v1/conversations", self.keys, "inbox", tag="conversations")
        answers = {**_CONTENT, **problems(404)}
        path = "/{conversation_id}/files/{file_id}"
        router.add_api_route(path, self.show_file, methods=["GET"], response_class=Response, responses=answers)
        return router

    async def show_file(self, conversation_id: UUID, file_id: UUID) -> Response:
        """What a person sent, or was sent; what is still at Telegram is fetched first, in up to 20 seconds."""
        try:
            return (await self.files.open(ConversationId(conversation_id), file_id)).response()
        except UnknownFileError as error:
            raise Problem(404, "no_file") from error
        except FileNotToBeHadError as error:
            if error.problem == "unavailable":
                raise Problem(503, "file_unavailable", headers={"Retry-After": str(_AGAIN_S)}) from error
            raise Problem(404, f"file_{error.problem}") from error
