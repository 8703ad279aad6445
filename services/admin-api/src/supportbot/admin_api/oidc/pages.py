"""The way to the provider and back."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from supportbot.admin_api.access.throttle import TooManyAttemptsError
from supportbot.admin_api.guard import anyone
from supportbot.admin_api.oidc.flow import WITHIN_S, Flow
from supportbot.admin_api.oidc.provider import NotVouchedForError, ProviderUnavailableError
from supportbot.admin_api.oidc.service import AnotherSignInError, NotLetInError, OidcService
from supportbot.admin_api.page_route import SET_UP, SIGN_IN, page_router, safe_path, to_page
from supportbot.admin_api.rendering import Refusal, too_many
from supportbot.admin_api.sign_in.cookies import is_over_tls
from supportbot.admin_api.sign_in.forms import SignInForms, browser_of, signed_in
from supportbot.admin_api.sign_in.service import CodeNeededError
from supportbot.admin_api.sign_in.set_up import SetUp
from supportbot.common.errors import SupportbotError

PATH: Final = f"{SIGN_IN}/oidc"
COOKIE: Final = "supportbot_oidc"
_UNAVAILABLE: Final = Refusal("oidc.unavailable", 503)
_STALE: Final = Refusal("oidc.stale", 400)


@dataclass(frozen=True, slots=True)
class OidcPages:
    """Two routes for everybody: what lets somebody in is what the provider says."""

    service: OidcService
    set_up: SetUp
    forms: SignInForms

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router("", anyone)
        router.add_api_route(PATH, self.begin, methods=["GET"])
        router.add_api_route(f"{PATH}/callback", self.come_back, methods=["GET"])
        return router

    async def begin(self, request: Request) -> Response:
        """On to the provider. The first administrator is made with a code of the log, not by it."""
        if await self.set_up.is_open():
            return to_page(SET_UP)
        after = safe_path(request.query_params.get("next", ""))
        try:
            url, kept = await self.service.begin(after)
        except ProviderUnavailableError:
            return self.forms.form(request, after, refusal=_UNAVAILABLE)
        answer = RedirectResponse(url, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        keep_flow(request, answer, kept)
        return answer

    async def come_back(self, request: Request) -> Response:
        """With a code, or with what went wrong there. What the browser kept is good for one answer."""
        answer = await self._come_back(request)
        answer.delete_cookie(COOKIE, path=PATH)
        return answer

    async def _come_back(self, request: Request) -> Response:
        given = request.query_params
        try:
            flow = self.service.flow_of(request.cookies.get(COOKIE, ""), given.get("state", ""))
        except AnotherSignInError:
            return self.forms.form(request, "", refusal=_STALE)
        code = given.get("code", "")
        if given.get("iss", self.service.provider.issuer) != self.service.provider.issuer or not code:
            return self._refused(request, flow, _broken_off(given.get("error", "")))
        return await self._finished(request, code, flow)

    async def _finished(self, request: Request, code: str, flow: Flow) -> Response:
        try:
            if flow.links:
                await self.service.link(code, flow, browser_of(request))
                return to_page(f"{flow.after}?done=linked")
            grant = await self.service.finish(code, flow, browser_of(request))
        except CodeNeededError as needed:
            return self.forms.code_form(request, flow.after, needed.pending)
        except TooManyAttemptsError as error:
            return self.forms.form(request, flow.after, refusal=too_many(error))
        except (ProviderUnavailableError, NotVouchedForError, NotLetInError) as error:
            return self._refused(request, flow, _refusal_of(error))
        return signed_in(request, flow.after, grant)

    def _refused(self, request: Request, flow: Flow, refusal: Refusal) -> Response:
        """On the sign-in's page, or on the one from which somebody wanted to link."""
        if flow.links:
            return to_page(f"{flow.after}?refused={refusal.key.removeprefix('oidc.')}")
        return self.forms.form(request, flow.after, refusal=refusal)


def keep_flow(request: Request, answer: Response, kept: str) -> None:
    """What the browser brings back from the provider."""
    secure = is_over_tls(request)
    answer.set_cookie(COOKIE, kept, WITHIN_S, path=PATH, secure=secure, httponly=True, samesite="lax")


def _broken_off(error: str) -> Refusal:
    """`access_denied` is somebody who changed their mind, or whom the provider does not let use the inbox."""
    return Refusal("oidc.denied", 403) if error == "access_denied" else Refusal("oidc.not_vouched_for", 403)


def _refusal_of(error: SupportbotError) -> Refusal:
    if isinstance(error, ProviderUnavailableError):
        return _UNAVAILABLE
    return Refusal(f"oidc.{error.why}" if isinstance(error, NotLetInError) else "oidc.not_vouched_for", 403)
