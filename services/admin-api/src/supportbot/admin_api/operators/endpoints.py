"""Operators over REST, under `/api/v1/operators`."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.passwords import made_password
from supportbot.admin_api.access.recognising import Caller, caller_of
from supportbot.admin_api.api_router import guarded_router
from supportbot.admin_api.if_match import ChangedMeanwhileError
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.operators.repository import Operator, every_operator
from supportbot.admin_api.operators.schemas import (
    OperatorAdded,
    OperatorBody,
    OperatorChange,
    OperatorList,
    OperatorToAdd,
)
from supportbot.admin_api.operators.service import (
    LastAdminError,
    LoginTakenError,
    NewOperator,
    NoOperatorError,
    OperatorService,
    UnfitNameError,
)
from supportbot.admin_api.problems import Problem, problems

PATH: Final = "/api/v1/operators"
_IfMatch = Annotated[str | None, Header(alias="If-Match", description="The ETag that came with what was read")]


@dataclass(frozen=True, slots=True)
class OperatorEndpoints:
    """Routes for administrators."""

    service: OperatorService
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "operators")
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route(
            "", self.add, methods=["POST"], status_code=201, response_model=OperatorAdded, responses=problems(409)
        )
        one = "/{operator_id}"
        router.add_api_route(one, self.show, methods=["GET"], response_model=OperatorBody, responses=problems(404))
        refusals = problems(404, 409, 412, 428)
        router.add_api_route(one, self.change, methods=["PATCH"], response_model=OperatorBody, responses=refusals)
        return router

    async def show_all(self) -> OperatorList:
        """Everybody."""
        everybody = await self.service.database.read(every_operator)
        return OperatorList(operators=[_body(one) for one in everybody])

    async def show(self, operator_id: UUID) -> Response:
        """One person; the ETag goes back as If-Match with a change."""
        return _answer(await self._one(operator_id))

    async def add(self, request: Request, new: OperatorToAdd) -> Response:
        """Add somebody, with a password that is made here."""
        password = made_password()
        try:
            actor = caller_of(request).actor
            operator_id = await self.service.add(actor, NewOperator(new.login, new.name, new.role, password))
        except LoginTakenError as error:
            raise Problem(409, "login_taken") from error
        except UnfitNameError as error:
            raise Problem(422, "invalid", name="name") from error
        added = OperatorAdded(**_body(await self._one(operator_id)).model_dump(), password=password)
        headers = {"Location": f"{PATH}/{operator_id}", "Cache-Control": "no-store"}
        return JSONResponse(added.model_dump(mode="json"), 201, headers)

    async def change(
        self, request: Request, operator_id: UUID, change: OperatorChange, if_match: _IfMatch = None
    ) -> Response:
        """Change name or role, disable or enable; it holds from their next request on."""
        if if_match is None:
            raise Problem(428, "no_version")
        before = await self._one(operator_id)
        if if_match != _tag(before):
            raise Problem(412, "changed_meanwhile")
        try:
            await self._apply(caller_of(request), before, change)
        except ChangedMeanwhileError as error:
            raise Problem(412, "changed_meanwhile") from error
        except LastAdminError as error:
            raise Problem(409, "last_admin") from error
        except UnfitNameError as error:
            raise Problem(422, "invalid", name="name") from error
        return _answer(await self._one(operator_id))

    async def _apply(self, caller: Caller, before: Operator, change: OperatorChange) -> None:
        values = change.model_dump(include={"name", "role"}, exclude_none=True)
        if values:
            await self.service.change(caller.actor, before.id, values, version=before.version)
        if change.disabled is True and before.disabled_at is None:
            await self.service.disable(caller.actor, before.id)
        if change.disabled is False and before.disabled_at is not None:
            await self.service.enable(caller.actor, before.id)

    async def _one(self, operator_id: UUID) -> Operator:
        try:
            return await self.service.one(operator_id)
        except NoOperatorError as error:
            raise Problem(404, "no_operator") from error


def _body(one: Operator) -> OperatorBody:
    return OperatorBody(
        id=one.id,
        login=one.login,
        name=one.name,
        role=one.role,
        language=one.language,
        has_code=one.has_code,
        disabled=one.disabled_at is not None,
        created_at=one.created_at,
    )


def _answer(one: Operator) -> Response:
    return JSONResponse(_body(one).model_dump(mode="json"), headers={"ETag": _tag(one), "Cache-Control": "no-store"})


def _tag(one: Operator) -> str:
    return f'"{one.version}"'
