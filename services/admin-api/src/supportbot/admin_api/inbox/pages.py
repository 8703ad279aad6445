"""The inbox's pages and the pieces of them that are renewed, from the same templates."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import supportbot.common.web
from supportbot.admin_api.inbox.schemas import Inbox, Listed, Opened
from supportbot.common.i18n import UnknownTextError, texts, translate
from supportbot.common.web.assets import Assets
from supportbot.common.web.reply_text import plain_blocks, read_reply

_HERE = Path(__file__).parent.parent / "web"
_SHARED = Path(next(iter(supportbot.common.web.__path__)))
_LIVE = "inbox.live."


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
class Draft:
    """What stands in the reply box of a page that answers a form: the text that was not taken, and why."""

    client_id: str
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class InboxPages:
    """Renders in the operator's language; whatever people wrote is escaped."""

    chat_path: str = ""
    """Where the chat is, if this process serves it too."""
    assets: Assets = field(default_factory=lambda: Assets("/static/inbox", [_SHARED / "static", _HERE / "static"]))
    _templates: Environment = field(default_factory=_environment)

    def whole(self, inbox: Inbox, opened: Opened | None, draft: Draft, language: str) -> str:
        """The page: the list, and beside it a conversation or the advice to pick one."""
        live = {key.removeprefix(_LIVE): text for key, text in texts(_LIVE, language).items()}
        return self._render("inbox.html", language, inbox=inbox, opened=opened, draft=draft, live=live)

    def pane(self, inbox: Inbox, opened: Opened, draft: Draft, language: str) -> str:
        """The conversation's side alone."""
        return self._render("pane.html", language, inbox=inbox, opened=opened, draft=draft)

    def rows(self, inbox: Inbox, language: str) -> str:
        """The list's rows alone."""
        return self._render("rows.html", language, inbox=inbox, opened=None)

    def _render(self, template: str, language: str, **values: Any) -> str:
        def text(key: str, **placeholders: Any) -> str:
            return translate(key, language, **placeholders)

        def reason(code: str) -> str:
            try:
                return text(f"inbox.reason.{code}")
            except UnknownTextError:
                return text("inbox.reason.other")

        def name(listed: Listed) -> str:
            return listed.user_name or text("inbox.visitor", id=listed.short_id)

        context = {"t": text, "reason": reason, "name": name, "language": language, "chat_path": self.chat_path}
        return self._templates.get_template(template).render(**context, asset=self.assets.url, **values)
