"""Routes of the pages: what is refused leads on to where it can be mended, or says so in words."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from supportbot.admin_api.problems import Problem, ProblemRoute
from supportbot.common.i18n import translate
from supportbot.common.web.language import reader_language
from supportbot.common.web.security import PAGE_HEADERS

SIGN_IN: Final = "/inbox/sign-in"
SET_UP: Final = "/inbox/set-up"
_LEADS_ON: Final = {"sign_in": f"{SIGN_IN}/renew", "only_local": SET_UP}


class PageRoute(ProblemRoute):
    """Browsers are led on or get a line of text; scripts and programs get a problem."""

    def refuse(self, request: Request, problem: Problem) -> Response:
        if not wants_page(request):
            return super().refuse(request, problem)
        leads_on = _LEADS_ON.get(problem.code)
        if leads_on is not None and request.method == "GET":
            after = {"next": request.url.path + (f"?{request.url.query}" if request.url.query else "")}
            query = f"?{urlencode(after)}" if problem.code == "sign_in" else ""
            return RedirectResponse(leads_on + query, 303, {"Cache-Control": "no-store"})
        text = translate(f"api.problem.{problem.code}", reader_language(request), **problem.values)
        return PlainTextResponse(text, problem.status, {**PAGE_HEADERS, **problem.headers})

    def unreadable(self, error: RequestValidationError) -> Problem:  # noqa: ARG002  # a page that there cannot be
        return Problem(404, "no_page")


def page_router(path: str, demand: Callable[..., Any] | None = None) -> APIRouter:
    """A router of pages below `path`: every route demands this of whoever asks; without it, each says what it does."""
    demands = [] if demand is None else [Depends(demand)]
    return APIRouter(prefix=path, include_in_schema=False, route_class=PageRoute, dependencies=demands)


def wants_page(request: Request) -> bool:
    """Whether a browser asks for itself, and not a script in it."""
    return "text/html" in request.headers.get("accept", "")


def to_page(path: str) -> RedirectResponse:
    """On to a page after a form, so that reloading it sends nothing again."""
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


def safe_path(given: str) -> str:
    """Where somebody wanted to go before signing in: a page of ours, or else the list."""
    is_ours = given.startswith("/inbox") and "\\" not in given and given.isprintable() and "//" not in given
    return given if is_ours else "/inbox"
