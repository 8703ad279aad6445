"""Light or dark: as somebody chose in this browser, else as their system has it. No script, so nothing flashes."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from supportbot.common.web.language import YEAR_S

THEMES: Final = ("light", "dark")
THEME_COOKIE: Final = "supportbot_theme"
_PAGES: Final = "/inbox"


def reader_theme(request: Request) -> str:
    """`light`, `dark`, or empty: as the system has it."""
    kept = request.cookies.get(THEME_COOKIE, "")
    return kept if kept in THEMES else ""


def remember_theme(answer: Response, theme: str) -> None:
    """Show pages so from now on, in this browser: a screen in the sun is not the one at home."""
    if theme in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, YEAR_S, path=_PAGES, httponly=True, samesite="lax")
    else:
        answer.delete_cookie(THEME_COOKIE, path=_PAGES)
