"""Who may use the pages for operators. Every route of theirs declares what it is about, or that it is for everybody."""

import hmac
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from supportbot.admin_api.access.forms import token_of
from supportbot.admin_api.access.recognising import Caller, Recogniser
from supportbot.admin_api.access.roles import Area, Level, allows
from supportbot.admin_api.problems import Problem
from supportbot.common.web.body import BodyTooLargeError
from supportbot.common.web.origin import from_own_page

_READING: Final = frozenset({"GET", "HEAD"})


def level_of(request: Request) -> Level:
    """Whether a request only looks."""
    return "read" if request.method in _READING else "write"


async def anyone(request: Request) -> None:
    """Declares a route as one for everybody; a change must still come from one of our own pages. Raises Problem."""
    if level_of(request) == "write" and not from_own_page(request):
        raise Problem(403, "elsewhere")


@dataclass(frozen=True, eq=False)
class PageDemand:
    """Lets in whoever may see, or change, what the route is about."""

    recogniser: Recogniser
    area: Area

    async def __call__(self, request: Request) -> Caller:
        """Raises Problem: 401 to sign in, 403 where that would not help."""
        caller = await self.recogniser.by_cookie(request)
        if caller is None:
            raise await self._nobody()
        if level_of(request) == "write":
            await self._from_our_page(request, caller)
        if not allows(caller.grants, self.area, level_of(request)):
            raise Problem(403, "role")
        request.state.caller = caller
        return caller

    async def _nobody(self) -> Problem:
        return Problem(401, "sign_in") if await self.recogniser.is_set_up() else Problem(403, "only_local")

    async def _from_our_page(self, request: Request, caller: Caller) -> None:
        if not from_own_page(request):
            raise Problem(403, "elsewhere")
        expected = self.recogniser.forgery_token(caller)
        if not expected:
            return
        try:
            given = await token_of(request)
        except BodyTooLargeError as error:
            raise Problem(413, "body_too_large") from error
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise Problem(403, "old_page")


@dataclass(frozen=True, slots=True)
class PageGuard:
    """Makes the demands of routes."""

    recogniser: Recogniser

    def demand(self, area: Area) -> PageDemand:
        """A dependency for routes about this area."""
        return PageDemand(self.recogniser, area)
