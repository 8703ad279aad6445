"""The profile's page and its forms."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access import sessions
from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.passwords import SHORTEST, WeakPasswordError
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.access.throttle import TooManyAttemptsError
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.oidc.pages import keep_flow
from supportbot.admin_api.oidc.provider import ProviderUnavailableError
from supportbot.admin_api.oidc.repository import is_somebody
from supportbot.admin_api.oidc.service import OidcService
from supportbot.admin_api.operators.service import OperatorService
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.profile.service import Myself, ProfileService, WrongCodeError, WrongPasswordError
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering, remember_language, too_many
from supportbot.admin_api.sign_in.codes import is_secret, link_of, new_secret, picture_of
from supportbot.admin_api.theme import remember_theme
from supportbot.common.i18n import LANGUAGES

PATH = "/inbox/profile"
ISSUER = "supportbot"
REFUSED = frozenset(
    {
        "denied",
        "disabled",
        "domain",
        "linked_elsewhere",
        "linked_to_another",
        "not_vouched_for",
        "unavailable",
        "unverified",
    }
)
"""Why somebody came back from the provider without being linked: texts of the catalogue, `oidc.<why>`."""


@dataclass(frozen=True, slots=True)
class ProfilePages:
    """Routes for whoever is signed in, about themselves."""

    service: ProfileService
    operators: OperatorService
    rendering: Rendering
    guard: PageGuard
    oidc: OidcService | None = None
    """The provider with which operators may sign in too."""
    provider: str = ""
    """What people call it."""

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("self"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/language", self.set_language, methods=["POST"])
        router.add_api_route("/theme", self.set_theme, methods=["POST"])
        router.add_api_route("/password", self.change_password, methods=["POST"])
        router.add_api_route("/codes", self.offer_codes, methods=["GET"])
        router.add_api_route("/codes", self.turn_codes_on, methods=["POST"])
        router.add_api_route("/codes/off", self.turn_codes_off, methods=["POST"])
        router.add_api_route("/provider", self.link_provider, methods=["POST"])
        router.add_api_route("/sessions/end", self.end_other_sessions, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The page."""
        refused = request.query_params.get("refused", "")
        return await self._page(request, Refusal(f"oidc.{refused}", 403) if refused in REFUSED else NOTHING)

    async def set_language(self, request: Request) -> Response:
        """Remember it for this account, and in this browser."""
        chosen = (await form_of(request)).get("language", "")
        await self.service.set_language(_myself(request), chosen)
        answer = to_page(f"{PATH}?done=language")
        if chosen in LANGUAGES:
            remember_language(answer, chosen)
        return answer

    async def set_theme(self, request: Request) -> Response:
        """Remember it in this browser."""
        answer = to_page(f"{PATH}?done=theme")
        remember_theme(answer, (await form_of(request)).get("theme", ""))
        return answer

    async def change_password(self, request: Request) -> Response:
        """The present one has to be known."""
        fields = await form_of(request)
        try:
            await self.service.change_password(_myself(request), fields.get("present", ""), fields.get("new", ""))
        except WrongPasswordError:
            return await self._page(request, Refusal("profile.wrong_password", 422))
        except WeakPasswordError:
            return await self._page(request, Refusal("operators.weak_password", 422))
        except TooManyAttemptsError as error:
            return await self._page(request, too_many(error))
        return to_page(f"{PATH}?done=password")

    async def offer_codes(self, request: Request) -> Response:
        """A new key for the app; it holds only when a code of it has come back."""
        return await self._codes(request, new_secret())

    async def turn_codes_on(self, request: Request) -> Response:
        """The key was offered by this very page; it is only ever this account's own."""
        fields = await form_of(request)
        secret = fields.get("secret", "")
        if not is_secret(secret):
            return to_page(f"{PATH}/codes")
        try:
            password, code = fields.get("password", ""), fields.get("code", "")
            await self.service.turn_codes_on(_myself(request), password, secret, code)
        except WrongPasswordError:
            return await self._codes(request, secret, Refusal("profile.wrong_password", 422))
        except WrongCodeError:
            return await self._codes(request, secret, Refusal("sign_in.wrong_code", 422))
        except TooManyAttemptsError as error:
            return await self._codes(request, secret, too_many(error))
        return to_page(f"{PATH}?done=codes_on")

    async def turn_codes_off(self, request: Request) -> Response:
        """The password has to be known."""
        try:
            await self.service.turn_codes_off(_myself(request), (await form_of(request)).get("password", ""))
        except WrongPasswordError:
            return await self._page(request, Refusal("profile.wrong_password", 422))
        except TooManyAttemptsError as error:
            return await self._page(request, too_many(error))
        return to_page(f"{PATH}?done=codes_off")

    async def link_provider(self, request: Request) -> Response:
        """A page that leads on to the provider: a form itself must lead nowhere else, and browsers see to that."""
        myself = _myself(request)
        if self.oidc is None:
            raise Problem(404, "no_page")
        try:
            await self.service.prove(myself, (await form_of(request)).get("password", ""))
            url, kept = await self.oidc.begin(PATH, links=myself.operator_id)
        except WrongPasswordError:
            return await self._page(request, Refusal("profile.wrong_password", 422))
        except TooManyAttemptsError as error:
            return await self._page(request, too_many(error))
        except ProviderUnavailableError:
            return await self._page(request, Refusal("oidc.unavailable", 503))
        answer = self.rendering.page(request, "profile_provider.html", NOTHING, url=url, provider=self.provider)
        keep_flow(request, answer, kept)
        return answer

    async def end_other_sessions(self, request: Request) -> Response:
        """Everywhere but here."""
        await self.service.end_other_sessions(_myself(request))
        return to_page(f"{PATH}?done=sessions")

    async def _page(self, request: Request, refusal: Refusal = NOTHING) -> Response:
        myself = _myself(request)
        where = await self.service.database.read(
            lambda connection: sessions.of_operator(connection, myself.operator_id)
        )
        me = await self.operators.one(myself.operator_id)
        values: dict[str, Any] = {"me": me, "sessions": where, "here": myself.session_id, "shortest": SHORTEST}
        values |= {"provider": self.provider, "linked": await self._is_linked(myself.operator_id)}
        return self.rendering.page(request, "profile.html", refusal, **values)

    async def _is_linked(self, operator_id: UUID) -> bool:
        if self.oidc is None:
            return False
        issuer = self.oidc.provider.issuer
        return await self.service.database.read(lambda connection: is_somebody(connection, issuer, operator_id))

    async def _codes(self, request: Request, secret: str, refusal: Refusal = NOTHING) -> Response:
        me = await self.operators.one(_myself(request).operator_id)
        groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        link = link_of(secret, me.login, ISSUER)
        return self.rendering.page(
            request, "profile_codes.html", refusal, secret=secret, groups=groups, link=link, picture=picture_of(link)
        )


def _myself(request: Request) -> Myself:
    """Raises Problem where nobody is signed in: before set-up there is no profile."""
    caller = caller_of(request)
    if caller.id is None or caller.session_id is None:
        raise Problem(403, "role")
    operator_id: UUID = caller.id
    return Myself(operator_id, caller.session_id, caller.actor)
