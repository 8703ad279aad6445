"""Templates of the pages, in the reader's language; whatever people wrote is escaped."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

import supportbot.common.web
from supportbot.admin_api.access.passwords import SHORTEST
from supportbot.admin_api.access.recognising import Caller, Recogniser
from supportbot.admin_api.access.roles import Area, allows
from supportbot.admin_api.access.throttle import TooManyAttemptsError
from supportbot.admin_api.navigation import open_places, open_rooms
from supportbot.admin_api.theme import reader_theme
from supportbot.common.i18n import UnknownTextError, texts, translate
from supportbot.common.web.assets import Assets
from supportbot.common.web.language import LANGUAGE_COOKIE, YEAR_S, chosen_language, reader_language
from supportbot.common.web.reply_text import plain_blocks, read_reply
from supportbot.common.web.security import PAGE_HEADERS

_HERE: Final = Path(__file__).parent / "web"
_SHARED: Final = Path(next(iter(supportbot.common.web.__path__)))


@cache  # with the templates that it has compiled
def environment_of_pages() -> Environment:
    """Where templates are found; what people wrote is escaped in them."""
    environment = Environment(
        loader=FileSystemLoader([_HERE / "templates", _SHARED / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["reply"] = read_reply
    environment.filters["typed"] = plain_blocks
    environment.filters["astuple"] = astuple
    environment.filters["moment"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat()
    return environment


def _named(text: Callable[[str], str], prefix: str, name: str) -> str:
    """A text by a name from the database, which may be of another version; else the name itself."""
    try:
        return text(prefix + name)
    except UnknownTextError:
        return name


def _size(text: Callable[..., str], count: int) -> str:
    """Bytes in the unit that people would name."""
    kilobytes = count / 1000
    if kilobytes < 1:
        return text("desk.bytes", number=count)
    if kilobytes < 1000:  # noqa: PLR2004  # the next unit
        return text("desk.kilobytes", number=round(kilobytes))
    return text("desk.megabytes", number=round(kilobytes / 1000))


@dataclass(frozen=True, slots=True)
class Rendering:
    """What every page is made with."""

    recogniser: Recogniser
    chat_path: str = ""
    """Where the chat is, if this process serves it too."""
    assets: Assets = field(default_factory=lambda: Assets("/static/inbox", [_SHARED / "static", _HERE / "static"]))
    _templates: Environment = field(default_factory=environment_of_pages)

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
            "places": open_places(may),
            "rooms": lambda here_is: open_rooms(here_is, may),
            "words": lambda *prefixes: dict(pair for one in prefixes for pair in live_texts(one, language).items()),
            "size": lambda count: _size(text, count),
            "named": lambda prefix, name: _named(text, prefix, name),
            "action": lambda name: _named(text, "audit.action.", name),
            "csrf": self.recogniser.forgery_token(caller) if caller is not None else "",
        }
        return self._templates.get_template(template).render(**context, **values)

    def page(self, request: Request, template: str, refusal: "Refusal", **values: Any) -> HTMLResponse:
        """A whole page; above it stands why a form was not taken, or what the last one did (`?done=`).

        What was done is a text of `<done_of>.done`, where that is among the values, or of the path's end.
        """
        language, caller = reader_language(request), getattr(request.state, "caller", None)
        minutes = max(1, round(refusal.wait_s / 60))
        problem = translate(refusal.key, language, n=minutes, shortest=SHORTEST) if refusal.key else ""
        done = "" if problem else _done(request, language, values.pop("done_of", ""))
        about = {"problem": problem, "done": done, "theme": reader_theme(request)}
        answer = page_response(request, self.render(template, language, caller, **about, **values), refusal.status)
        if refusal.wait_s:
            answer.headers["Retry-After"] = str(refusal.wait_s)
        return answer


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form is shown again: the text's key, the status, and how long to wait."""

    key: str = ""
    status: int = 200
    wait_s: int = 0


NOTHING: Final = Refusal()


def too_many(error: TooManyAttemptsError) -> Refusal:
    """Somebody has to wait."""
    return Refusal("sign_in.too_many", 429, error.retry_after_s)


def _done(request: Request, language: str, done_of: str) -> str:
    """What `?done=` names, if it is one of ours."""
    page = done_of or request.url.path.rpartition("/")[2]
    try:
        return translate(f"{page}.done.{request.query_params.get('done', '')}", language)
    except UnknownTextError:
        return ""


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


def remember_language(answer: Response, language: str) -> None:
    """Write pages in this language from now on."""
    answer.set_cookie(LANGUAGE_COOKIE, language, YEAR_S, httponly=True, samesite="lax")
