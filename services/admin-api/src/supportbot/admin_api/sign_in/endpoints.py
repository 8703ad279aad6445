"""Signing in as a person over REST, under `/api/v1/auth`."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.access.throttle import TooManyAttemptsError
from supportbot.admin_api.guard import anyone
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, ProblemRoute, operation_of, problems
from supportbot.admin_api.sign_in.forms import browser_of
from supportbot.admin_api.sign_in.schemas import Credentials, RefreshToken, SignedOut, Tokens
from supportbot.admin_api.sign_in.service import (
    CodeNeededError,
    Grant,
    NotSignedInError,
    SessionEndedError,
    SignInService,
)

PATH: Final = "/api/v1/auth"


@dataclass(frozen=True, slots=True)
class SignInEndpoints:
    """Routes that give and end sessions; the tokens have the rights of their owner's role."""

    service: SignInService
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(
            prefix=PATH,
            route_class=ProblemRoute,
            tags=["auth"],
            responses=problems(401, 403, 422, 503),
            generate_unique_id_function=operation_of,
        )
        public = [Depends(anyone)]
        router.add_api_route(
            "/token", self.sign_in, methods=["POST"], dependencies=public, responses=problems(429), name="sign_in"
        )
        router.add_api_route("/refresh", self.renew, methods=["POST"], dependencies=public, name="renew")
        own = [Depends(self.guard.demand("self"))]
        router.add_api_route("/sign-out", self.sign_out, methods=["POST"], dependencies=own, name="sign_out")
        return router

    async def sign_in(self, request: Request, credentials: Credentials) -> Tokens:
        """Begin a session with login and password, and the code where the account needs one."""
        try:
            grant = await self.service.sign_in(
                credentials.login, credentials.password, credentials.code, browser_of(request)
            )
        except CodeNeededError as error:
            raise Problem(401, "code_needed") from error
        except NotSignedInError as error:
            raise Problem(401, "wrong_credentials") from error
        except TooManyAttemptsError as error:
            wait = {"Retry-After": str(error.retry_after_s)}
            raise Problem(429, "too_many_attempts", headers=wait, seconds=error.retry_after_s) from error
        return _tokens(grant)

    async def renew(self, given: RefreshToken) -> Tokens:
        """The next access token and the next refresh token; one that comes twice ends its session."""
        try:
            return _tokens(await self.service.renew(given.refresh_token))
        except SessionEndedError as error:
            raise Problem(401, "session_ended") from error

    async def sign_out(self, request: Request) -> SignedOut:
        """End the session of the token that comes with this."""
        caller = caller_of(request)
        if caller.session_id is not None:
            await self.service.sign_out(caller.session_id, caller.actor)
        return SignedOut()


def _tokens(grant: Grant) -> Tokens:
    return Tokens(access_token=grant.access, expires_in=grant.lifetime_s, refresh_token=grant.refresh)
