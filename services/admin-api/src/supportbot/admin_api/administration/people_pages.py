"""What is stored about one person: to be given to them, or deleted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import Row, or_, select
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.audit import note
from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.reading import rows_of
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.conversations import delete_conversation
from supportbot.common.database.personal_data import conversation_data, erase_person, personal_data
from supportbot.common.database.schema.tables import bots, conversations
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import BotId, ConversationId

PATH: Final = "/inbox/people"
SHOWN: Final = 20
_LONGEST_ID: Final = 20
_c = conversations.c


@dataclass(frozen=True, slots=True)
class PeoplePages:
    """Routes for administrators."""

    database: Database
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("people"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/{conversation_id}/data.json", self.take_away, methods=["GET"])
        router.add_api_route("/{conversation_id}/erase", self.erase, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Look somebody up by Telegram's id, or by a conversation's."""
        return await self._page(request, request.query_params.get("find", "").strip())

    async def take_away(self, request: Request, conversation_id: UUID) -> Response:
        """Everything about the person, as JSON."""
        row = await self._known(conversation_id)
        person, actor = _telegram_id(row), caller_of(request).actor
        if person is None:
            told: Any = {"conversations": [await self.database.read(lambda c: conversation_data(c, row))]}
        else:
            told = await self.database.read(lambda c: personal_data(c, BotId(row.bot), person))
        await self.database.write(lambda tx: note(tx, actor, "person_exported", conversation_id))
        body = json.dumps(told, ensure_ascii=False, indent=1, default=str)
        headers = {"Content-Disposition": f'attachment; filename="{conversation_id}.json"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/json; charset=utf-8", headers=headers)

    async def erase(self, request: Request, conversation_id: UUID) -> Response:
        """Delete it all, where the word for it was typed."""
        row = await self._known(conversation_id)
        fields = await form_of(request)
        if fields.get("sure", "").strip() != _proof(row):
            return await self._page(request, fields.get("find", ""), Refusal("people.other_word", 422))
        person, actor = _telegram_id(row), caller_of(request).actor

        async def work(tx: Transaction) -> None:
            if person is None:
                await delete_conversation(tx, ConversationId(conversation_id))
            else:
                await erase_person(tx, BotId(row.bot), person)
            await note(tx, actor, "person_erased", conversation_id)

        await self.database.write(work)
        return to_page(f"{PATH}?done=erased")

    async def _known(self, conversation_id: UUID) -> Row[Any]:
        rows = await rows_of(self.database, select(conversations).where(_c.id == conversation_id))
        if not rows:
            raise Problem(404, "no_page")
        return rows[0]

    async def _found(self, find: str) -> Sequence[Row[Any]]:
        try:
            wanted = select(conversations).where(_c.id == UUID(find))
        except ValueError:
            if not (find.isascii() and find.isdecimal() and len(find) <= _LONGEST_ID):
                return ()
            names = [row.bot for row in await rows_of(self.database, select(bots.c.bot))]
            chat = or_(_c.chat == find, _c.chat.between(f"{find}/", f"{find}0"))  # the chat itself, or a topic in it
            wanted = select(conversations).where(_c.channel == "telegram", _c.bot.in_(names), chat)
        return await rows_of(self.database, wanted.order_by(_c.active_at.desc()).limit(SHOWN))

    async def _page(self, request: Request, find: str, refusal: Refusal = NOTHING) -> Response:
        found = await self._found(find)
        people = [(row, _proof(row)) for row in found]
        return self.rendering.page(request, "people.html", refusal, find=find, people=people)


def _telegram_id(row: Row[Any]) -> int | None:
    """Of the person, where it is their private chat with a bot."""
    chat = str(row.chat).partition("/")[0]
    return int(chat) if row.channel == "telegram" and chat.isdecimal() else None


def _proof(row: Row[Any]) -> str:
    """What has to be typed: Telegram's id, or the first part of the conversation's."""
    person = _telegram_id(row)
    return str(row.id)[:8] if person is None else str(person)
