"""The pages before there is a session: set-up, sign-in and its code."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.passwords import SHORTEST, WeakPasswordError
from supportbot.admin_api.access.recognising import Caller
from supportbot.admin_api.access.throttle import TooManyAttemptsError
from supportbot.admin_api.guard import PageGuard, anyone
from supportbot.admin_api.oidc.provider import Provider, ProviderUnavailableError
from supportbot.admin_api.operators.service import NewOperator, UnfitNameError
from supportbot.admin_api.page_route import SET_UP, SIGN_IN, page_router, safe_path, to_page, wants_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, too_many
from supportbot.admin_api.sign_in.cookies import REFRESH_COOKIE, drop, keep
from supportbot.admin_api.sign_in.forms import SignInForms, browser_of, signed_in
from supportbot.admin_api.sign_in.service import CodeNeededError, NotSignedInError, SessionEndedError, SignInService
from supportbot.admin_api.sign_in.set_up import SetUp, WrongSetUpCodeError
from supportbot.common.web.language import reader_language

INBOX = "/inbox"


@dataclass(frozen=True, slots=True)
class SignInPages:
    """Routes that are for everybody, as they are the way in."""

    service: SignInService
    set_up: SetUp
    forms: SignInForms
    guard: PageGuard
    provider: Provider | None = None
    """With which people may have signed in."""

    def router(self) -> APIRouter:
        """The routes; all but signing out declare that anyone may use them."""
        router = page_router("")
        public = [Depends(anyone)]
        router.add_api_route(SIGN_IN, self.show, methods=["GET"], dependencies=public)
        router.add_api_route(SIGN_IN, self.sign_in, methods=["POST"], dependencies=public)
        router.add_api_route(f"{SIGN_IN}/code", self.send_code, methods=["POST"], dependencies=public)
        router.add_api_route(f"{SIGN_IN}/renew", self.renew, methods=["GET", "POST"], dependencies=public)
        router.add_api_route(SET_UP, self.show_set_up, methods=["GET"], dependencies=public)
        router.add_api_route(SET_UP, self.finish_set_up, methods=["POST"], dependencies=public)
        own = [Depends(self.guard.demand("self"))]
        router.add_api_route(f"{INBOX}/sign-out", self.sign_out, methods=["POST"], dependencies=own)
        return router

    async def show(self, request: Request) -> Response:
        """The form; the way to set-up where nobody could sign in."""
        if await self.set_up.is_open():
            return to_page(SET_UP)
        return self.forms.form(request, safe_path(request.query_params.get("next", "")))

    async def sign_in(self, request: Request) -> Response:
        """Password, and the code where the account needs none or it came along."""
        fields = await form_of(request)
        after, login = safe_path(fields.get("next", "")), fields.get("login", "")
        try:
            grant = await self.service.sign_in(login, fields.get("password", ""), "", browser_of(request))
        except CodeNeededError as needed:
            return self.forms.code_form(request, after, needed.pending)
        except NotSignedInError:
            return self.forms.form(request, after, login, Refusal("sign_in.wrong", 401))
        except TooManyAttemptsError as error:
            return self.forms.form(request, after, login, too_many(error))
        return signed_in(request, after, grant)

    async def send_code(self, request: Request) -> Response:
        """The second step."""
        fields = await form_of(request)
        after, pending = safe_path(fields.get("next", "")), fields.get("pending", "")
        try:
            grant = await self.service.finish(pending, fields.get("code", ""), browser_of(request))
        except NotSignedInError:
            return self.forms.code_form(request, after, pending, Refusal("sign_in.wrong_code", 401))
        except TooManyAttemptsError as error:
            return self.forms.form(request, after, "", too_many(error))
        return signed_in(request, after, grant)

    async def renew(self, request: Request) -> Response:
        """A new access token for an old one; where that cannot be, the form."""
        after = safe_path(request.query_params.get("next", ""))
        try:
            grant = await self.service.renew(request.cookies.get(REFRESH_COOKIE, ""))
        except SessionEndedError as error:
            if request.method == "POST":
                raise Problem(401, "sign_in") from error
            return self.forms.form(request, after)
        answer = to_page(after) if request.method == "GET" else JSONResponse({"ok": True})
        keep(request, answer, grant)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session, for whoever has a copy of its cookies too; then that at the provider, where it began."""
        caller: Caller = request.state.caller
        vouched_by = None
        if caller.session_id is not None:
            vouched_by = await self.service.sign_out(caller.session_id, caller.actor)
        answer = await self._signed_out(request, vouched_by) if wants_page(request) else JSONResponse({"ok": True})
        drop(answer)
        return answer

    async def _signed_out(self, request: Request, vouched_by: str | None) -> Response:
        if self.provider is None or vouched_by is None:
            return to_page(SIGN_IN)
        try:
            url = await self.provider.sign_out_address(vouched_by)
        except ProviderUnavailableError:
            url = None
        return to_page(SIGN_IN) if url is None else self.forms.signed_out(request, url)

    async def show_set_up(self, request: Request) -> Response:
        """The form for the first administrator, as long as there is none."""
        return self._set_up_form(request, {}) if await self.set_up.is_open() else to_page(SIGN_IN)

    async def finish_set_up(self, request: Request) -> Response:
        """Make the first administrator, and sign them in."""
        fields = await form_of(request)
        language = reader_language(request)
        new = NewOperator(
            fields.get("login", ""), fields.get("name", ""), "admin", fields.get("password", ""), language
        )
        browser = browser_of(request)
        try:
            operator_id = await self.set_up.finish(fields.get("code", ""), new, browser.address)
        except WrongSetUpCodeError:
            return self._set_up_form(request, fields, Refusal("set_up.wrong_code", 403))
        except UnfitNameError:
            return self._set_up_form(request, fields, Refusal("operators.unfit_name", 422))
        except WeakPasswordError:
            return self._set_up_form(request, fields, Refusal("operators.weak_password", 422))
        except TooManyAttemptsError as error:
            return self._set_up_form(request, fields, too_many(error))
        return signed_in(request, INBOX, await self.service.start_session(operator_id, new.name, browser))

    def _set_up_form(self, request: Request, fields: dict[str, str], refusal: Refusal = NOTHING) -> Response:
        typed = {name: fields.get(name, "") for name in ("code", "name", "login")}
        return self.forms.rendering.page(request, "set_up.html", refusal, typed=typed, shortest=SHORTEST)
