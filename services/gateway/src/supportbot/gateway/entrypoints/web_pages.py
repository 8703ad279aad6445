"""The chat's pages and the pieces of them that arrive later, from the same templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import supportbot.common.web
from supportbot.common.database.people_there import PeopleThere
from supportbot.common.i18n import texts, translate
from supportbot.common.web.assets import Assets
from supportbot.common.web.reply_text import plain_blocks, read_reply
from supportbot.gateway.domain.timeline import Asked, Conversation, Cursor, Entry, OpenedSource, Replied, Standing

_HERE = Path(__file__).parent.parent / "web"
_SHARED = Path(next(iter(supportbot.common.web.__path__)))
_LIVE = "chat.live."
_ALONE = {
    "chat.welcome_text": "chat.alone.welcome_text",
    "chat.asked_person": "chat.alone.asked_person",
    "chat.person.call": "telegram.contacts_button",
    "chat.live.ask_person": "telegram.contacts_button",
}
"""What is said in place of these texts where no person answers."""


@cache  # with the templates that it has compiled
def _environment() -> Environment:
    loader = FileSystemLoader([_HERE / "templates", _SHARED / "templates"])
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["reply"] = read_reply
    environment.filters["typed"] = plain_blocks
    environment.tests["asked"] = lambda entry: isinstance(entry, Asked)
    environment.tests["replied"] = lambda entry: isinstance(entry, Replied)
    return environment


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the composer of a page that answers a form: the text that was not taken, and why."""

    client_id: str
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChatPage:
    """Everything that the chat page shows."""

    conversation: Conversation
    cursor: Cursor
    draft: Draft
    more: int
    inbox: str = ""
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class WebPages:
    """Renders in the visitor's language; whatever people wrote is escaped."""

    company: str
    default_company: Mapping[str, str]
    starters: Mapping[str, Sequence[str]]
    people: PeopleThere = field(default_factory=PeopleThere)
    assets: Assets = field(default_factory=lambda: Assets("/static/chat", [_SHARED / "static", _HERE / "static"]))
    _templates: Environment = field(default_factory=_environment)

    def chat(self, page: ChatPage, language: str) -> str:
        """The whole page."""
        starters = self.starters.get(language, ()) if not page.conversation.entries else ()
        live = {key.removeprefix(_LIVE): self._text(key, language) for key in texts(_LIVE, language)}
        return self._render("chat.html", language, page=page, starters=list(starters)[:3], live=live)

    def entry(self, entry: Entry, language: str) -> str:
        """One message or reply, to be put at the end of an open page."""
        return self._render("entry.html", language, entry=entry)

    def source(self, opened: OpenedSource, language: str, *, whole_page: bool) -> str:
        """A source with its passage: a page of its own, or what opens inside the chat."""
        return self._render("source.html" if whole_page else "passage.html", language, opened=opened)

    def state(self, standing: Standing, language: str) -> str:
        """What the header says about who answers."""
        if standing.state == "person" and standing.operator:
            return translate("chat.state.person_named", language, name=standing.operator)
        return translate(f"chat.state.{standing.state}", language)

    def _company(self, language: str) -> str:
        return self.company or self.default_company.get(language) or translate("chat.support", language)

    def call(self, standing: Standing, language: str) -> str:
        """What the button says that calls a person."""
        state = standing.state if standing.state in {"person", "waiting"} else "call"
        return self._text(f"chat.person.{state}", language)

    def _text(self, key: str, language: str, **placeholders: Any) -> str:
        """A text that promises nobody a person who is not there."""
        return translate(key if self.people.answer else _ALONE.get(key, key), language, **placeholders)

    def _render(self, template: str, language: str, **values: Any) -> str:
        def text(key: str, **placeholders: Any) -> str:
            return self._text(key, language, **placeholders)

        context = {"t": text, "language": language, "company": self._company(language), "offer": self.people.offer}
        return self._templates.get_template(template).render(
            **context,
            asset=self.assets.url,
            state_text=lambda standing: self.state(standing, language),
            call_text=lambda standing: self.call(standing, language),
            **values,
        )
