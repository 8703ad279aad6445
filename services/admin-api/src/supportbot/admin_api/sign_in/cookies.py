"""The two cookies of a session: the access token for the pages, the refresh token for nothing but renewing."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.recognising import SESSION_COOKIE
from supportbot.admin_api.access.sessions import IDLE_S
from supportbot.admin_api.page_route import SIGN_IN
from supportbot.admin_api.sign_in.service import Grant

REFRESH_COOKIE: Final = "supportbot_refresh"
_PAGES: Final = "/inbox"


def keep(request: Request, answer: Response, grant: Grant) -> None:
    """Have the browser keep what a sign-in gave. Scripts cannot read it, other sites cannot send it."""
    secure = is_over_tls(request)
    answer.set_cookie(
        SESSION_COOKIE, grant.access, grant.lifetime_s, path=_PAGES, secure=secure, httponly=True, samesite="lax"
    )
    if grant.refresh is not None:
        answer.set_cookie(
            REFRESH_COOKIE, grant.refresh, int(IDLE_S), path=SIGN_IN, secure=secure, httponly=True, samesite="lax"
        )


def drop(answer: Response) -> None:
    """Have the browser forget them."""
    answer.delete_cookie(SESSION_COOKIE, path=_PAGES)
    answer.delete_cookie(REFRESH_COOKIE, path=SIGN_IN)


def is_over_tls(request: Request) -> bool:
    """A proxy's word is enough here: whoever forges it keeps their own cookie from themselves."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").lower() == "https"
