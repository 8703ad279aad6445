"""The inbox's pages and the pieces of them that are renewed, from the same templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from supportbot.admin_api.access.recognising import Caller
from supportbot.admin_api.inbox.schemas import Inbox, Listed, Opened
from supportbot.admin_api.inbox.search import marked
from supportbot.admin_api.rendering import Rendering, live_texts
from supportbot.common.attached_files import FILE_KINDS
from supportbot.common.i18n import UnknownTextError, translate

_LIVE: Final = "inbox.live."


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the reply box of a page that answers a form: the text that was not taken, and why."""

    client_id: str
    text: str = ""
    problem: str = ""
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is made."""

    caller: Caller
    language: str

    @property
    def operator_id(self) -> UUID | None:
        """None on the machine itself before set-up, where nobody has a name."""
        return self.caller.id


@dataclass(frozen=True, slots=True)
class InboxPages:
    """Renders in the operator's language."""

    rendering: Rendering
    upload_limit: int = 0
    """Bytes of the largest file that may be sent."""

    def whole(self, inbox: Inbox, opened: Opened | None, draft: Draft, reader: Reader, theme: str = "") -> str:
        """The page: the list, and beside it a conversation or the advice to pick one."""
        live = live_texts(_LIVE, reader.language)
        return self._render("inbox.html", reader, inbox=inbox, opened=opened, draft=draft, live=live, theme=theme)

    def pane(self, inbox: Inbox, opened: Opened, draft: Draft, reader: Reader) -> str:
        """The conversation's side alone."""
        return self._render("pane.html", reader, inbox=inbox, opened=opened, draft=draft)

    def writing(self, names: Sequence[str], reader: Reader) -> str:
        """Who is writing, in words; nothing where nobody is."""
        return translate("inbox.writing", reader.language, names=", ".join(names), n=len(names)) if names else ""

    def rows(self, inbox: Inbox, reader: Reader) -> str:
        """The list's rows alone."""
        return self._render("rows.html", reader, inbox=inbox, opened=None)

    def _render(self, template: str, reader: Reader, **values: Any) -> str:
        def text(key: str, **placeholders: Any) -> str:
            return translate(key, reader.language, **placeholders)

        def reason(code: str) -> str:
            try:
                return text(f"inbox.reason.{code}")
            except UnknownTextError:
                return text("inbox.reason.other")

        def stage_name(code: str) -> str:
            try:
                return text(f"inbox.stage.{code}")
            except UnknownTextError:
                return code

        def name(listed: Listed) -> str:
            return listed.user_name or text("inbox.visitor", id=listed.short_id)

        words = {"reason": reason, "name": name, "stage_name": stage_name, "marked": marked, "file_kinds": FILE_KINDS}
        words["upload_limit"] = self.upload_limit
        return self.rendering.render(template, reader.language, reader.caller, **words, **values)
