"""Templates of the pages, in the reader's language; whatever people wrote is escaped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

import supportbot.common.web
from supportbot.admin_api.access.recognising import Caller, Recogniser
from supportbot.admin_api.access.roles import Area, allows
from supportbot.common.i18n import texts, translate
from supportbot.common.web.assets import Assets
from supportbot.common.web.language import LANGUAGE_COOKIE, YEAR_S, chosen_language
from supportbot.common.web.reply_text import plain_blocks, read_reply
from supportbot.common.web.security import PAGE_HEADERS

_HERE: Final = Path(__file__).parent / "web"
_SHARED: Final = Path(next(iter(supportbot.common.web.__path__)))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_HERE / "templates", _SHARED / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["reply"] = read_reply
    environment.filters["typed"] = plain_blocks
    return environment


@dataclass(frozen=True, slots=True)
class Rendering:
    """What every page is made with."""

    recogniser: Recogniser
    chat_path: str = ""
    """Where the chat is, if this process serves it too."""
    assets: Assets = field(default_factory=lambda: Assets("/static/inbox", [_SHARED / "static", _HERE / "static"]))
    _templates: Environment = field(default_factory=_environment)

    def render(self, template: str, language: str, caller: Caller | None = None, **values: Any) -> str:
        """A page or a piece of one; `may` and `csrf` in it are the caller's."""

        def text(key: str, **placeholders: Any) -> str:
            return translate(key, language, **placeholders)

        def may(area: Area, level: str = "read") -> bool:
            return caller is not None and allows(caller.grants, area, "write" if level == "write" else "read")

        context = {
            "t": text,
            "language": language,
            "chat_path": self.chat_path,
            "asset": self.assets.url,
            "caller": caller,
            "may": may,
            "csrf": self.recogniser.forgery_token(caller) if caller is not None else "",
        }
        return self._templates.get_template(template).render(**context, **values)


def live_texts(prefix: str, language: str) -> dict[str, str]:
    """The texts that a page's script fills in by itself."""
    return {key.removeprefix(prefix): text for key, text in texts(prefix, language).items()}


def page_response(request: Request, html: str, status: int = 200) -> HTMLResponse:
    """A page with its headers; a language that was asked for is remembered."""
    answer = HTMLResponse(html, status_code=status, headers=PAGE_HEADERS)
    language = chosen_language(request)
    if language is not None:
        remember_language(answer, language)
    return answer


def remember_language(answer: HTMLResponse, language: str) -> None:
    """Write pages in this language from now on."""
    answer.set_cookie(LANGUAGE_COOKIE, language, YEAR_S, httponly=True, samesite="lax")
