"""The page of operators, for administrators."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.passwords import made_password
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.access.roles import ROLES, Role
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.operators.repository import every_operator
from supportbot.admin_api.operators.service import (
    LastAdminError,
    LoginTakenError,
    NewOperator,
    NoOperatorError,
    OperatorService,
    UnfitNameError,
)
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering

PATH: Final = "/inbox/operators"


@dataclass(frozen=True, slots=True)
class OperatorPages:
    """Routes for administrators."""

    service: OperatorService
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("operators"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.add, methods=["POST"])
        router.add_api_route("/{operator_id}/role", self.change_role, methods=["POST"])
        router.add_api_route("/{operator_id}/disable", self.disable, methods=["POST"])
        router.add_api_route("/{operator_id}/enable", self.enable, methods=["POST"])
        router.add_api_route("/{operator_id}/reset-password", self.reset_password, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Everybody, and a form for somebody new."""
        return await self._page(request)

    async def add(self, request: Request) -> Response:
        """Add somebody, with a password that is shown once."""
        fields = await form_of(request)
        login, name, role = fields.get("login", ""), fields.get("name", ""), fields.get("role", "")
        password = made_password()
        typed = {"login": login, "name": name, "role": role}
        try:
            await self.service.add(caller_of(request).actor, NewOperator(login, name, _role(role), password))
        except UnfitNameError:
            return await self._page(request, Refusal("operators.unfit_name", 422), typed=typed)
        except LoginTakenError:
            return await self._page(request, Refusal("operators.login_taken", 409), typed=typed)
        return await self._page(request, handed=(name, login.lower(), password))

    async def change_role(self, request: Request, operator_id: UUID) -> Response:
        """It holds from their next request on."""
        role = _role((await form_of(request)).get("role", ""))
        return await self._done(request, lambda actor: self.service.change(actor, operator_id, {"role": role}), "role")

    async def disable(self, request: Request, operator_id: UUID) -> Response:
        """Out at once."""
        return await self._done(request, lambda actor: self.service.disable(actor, operator_id), "disabled")

    async def enable(self, request: Request, operator_id: UUID) -> Response:
        """In again."""
        return await self._done(request, lambda actor: self.service.enable(actor, operator_id), "enabled")

    async def reset_password(self, request: Request, operator_id: UUID) -> Response:
        """A new password, shown once."""
        password = made_password()
        try:
            await self.service.reset_password(caller_of(request).actor, operator_id, password)
            operator = await self.service.one(operator_id)
        except NoOperatorError as error:
            raise Problem(404, "no_operator") from error
        return await self._page(request, handed=(operator.name, operator.login, password))

    async def _done(self, request: Request, work: Any, done: str) -> Response:
        try:
            await work(caller_of(request).actor)
        except LastAdminError:
            return await self._page(request, Refusal("operators.last_admin", 409))
        except NoOperatorError as error:
            raise Problem(404, "no_operator") from error
        return to_page(f"{PATH}?done={done}")

    async def _page(
        self,
        request: Request,
        refusal: Refusal = NOTHING,
        *,
        typed: dict[str, str] | None = None,
        handed: tuple[str, str, str] | None = None,
    ) -> Response:
        everybody = await self.service.database.read(every_operator)
        values = {
            "operators": everybody,
            "roles": ROLES,
            "typed": typed or {"login": "", "name": "", "role": "operator"},
            "handed": handed,
        }
        return self.rendering.page(request, "operators.html", refusal, **values)


def _role(given: str) -> Role:
    if given not in ROLES:
        raise Problem(422, "invalid", name="role")
    return given
