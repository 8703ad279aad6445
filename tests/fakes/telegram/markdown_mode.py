r"""parse_mode=MarkdownV2, by the rules and in the words of the Bot API server.

Every reserved character outside an entity must be escaped with a backslash; offsets in errors count bytes.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.telegram.errors import ApiError, bad_request
from tests.fakes.telegram.links import checked_link, mentioned_user
from tests.fakes.telegram.utf16 import units

RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
CODE = {"code", "pre"}
ENDS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}

Entity = dict[str, Any]


@dataclass
class Open:
    """An entity that waits for its end."""

    kind: str
    offset: int
    source_at: int
    text_at: int
    language: str = ""


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of a MarkdownV2 message."""
    return MarkdownParser(source).run()


class MarkdownParser:
    """One pass over the source with a stack of open entities."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[Open] = []
        self.entities: list[Entity] = []
        self.quoting = False

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            self._step()
        if self.quoting and self.open and self._quote_may_end(self.open[-1]):
            self._close_quote()
        if self.open:
            raise self._unended(self.open[-1])
        return "".join(self.text), self.entities

    def _step(self) -> None:
        character = self.source[self.at]
        following = self.source[self.at + 1 : self.at + 2]
        if character == "\\" and following and 0 < ord(following) <= 126:
            self._add(following)
            self.at += 2
            return
        top = self.open[-1].kind if self.open else ""
        if character not in (RESERVED if top not in CODE else "`"):
            self._add(character)
            self.at += 1
        elif self._ends(top):
            self._end()
        else:
            self._begin(character)

    def _add(self, piece: str) -> None:
        self.text.append(piece)
        self.length += units(piece)

    def _has(self, piece: str, at: int | None = None) -> bool:
        return self.source.startswith(piece, self.at if at is None else at)

    def _ends(self, top: str) -> bool:
        if not top:
            return False
        if self.quoting and self._has("\n") and not self._has("\n>"):
            return True
        if top == "blockquote":
            return False
        if top == "italic":
            return self._has("_") and not self._has("__")
        return self._has(ENDS[top])

    def _begin(self, character: str) -> None:
        begun_at = self.at
        kind, taken, language = self._opening(character)
        self.at += taken
        if kind == "line":
            self._new_line()
            return
        if kind == "blockquote":
            self.quoting = True
        self.open.append(Open(kind, self.length, begun_at, len(self.text), language))

    def _opening(self, character: str) -> tuple[str, int, str]:
        """Kind, characters taken, language."""
        if self._has("```"):
            language, taken = self._language()
            return "pre", taken, language
        for mark, kind in (("__", "underline"), ("||", "spoiler"), ("![", "custom_emoji")):
            if self._has(mark):
                return kind, 2, ""
        single = {"_": "italic", "*": "bold", "~": "strikethrough", "[": "text_link", "`": "code", "\n": "line"}
        if character in single:
            return single[character], 1, ""
        if character == ">" and self.at == 0:
            return "blockquote", 1, ""
        raise _cannot(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")

    def _language(self) -> tuple[str, int]:
        start = end = self.at + 3
        while end < len(self.source) and not self.source[end].isspace() and self.source[end] != "`":
            end += 1
        language = self.source[start:end] if end < len(self.source) and self.source[end] != "`" else ""
        end = end if language else start
        if self._has("\r\n", end) or self._has("\n\r", end):
            end += 2
        elif self.source[end : end + 1] in {"\n", "\r"}:
            end += 1
        return language, end - self.at

    def _new_line(self) -> None:
        self._add("\n")
        if self._has(">"):
            begun_at = self.at
            self.at += 1
            if not self.quoting:
                self.quoting = True
                self.open.append(Open("blockquote", self.length, begun_at, len(self.text)))

    def _end(self) -> None:
        top = self.open[-1]
        if self._has("\n") and self.quoting and top.kind not in CODE:
            self._end_of_quote(top)
            return
        self.at += len(ENDS[top.kind])
        self.open.pop()
        details = self._details(top)
        if details is not None and self.length > top.offset:
            self.entities.append(self._entity(top) | details)

    def _end_of_quote(self, top: Open) -> None:
        if not self._quote_may_end(top):
            raise self._unended(top)
        self._close_quote()
        self._add("\n")
        self.at += 1

    def _quote_may_end(self, top: Open) -> bool:
        """A quotation ends when nothing inside it is open, but for the `||` that makes it expandable."""
        empty_spoiler = top.kind == "spoiler" and top.offset == self.length
        return top.kind == "blockquote" or (empty_spoiler and len(self.open) > 1 and self.open[-2].kind == "blockquote")

    def _close_quote(self) -> None:
        """Ends the quotation; `||` just before its end makes it expandable."""
        expandable = self.open[-1].kind == "spoiler"
        if expandable:
            self.open.pop()
        quote = self.open.pop()
        self.quoting = False
        if self.length > quote.offset:
            kind = "expandable_blockquote" if expandable else "blockquote"
            self.entities.append(self._entity(quote) | {"type": kind})

    def _entity(self, opened: Open) -> Entity:
        return {"type": opened.kind, "offset": opened.offset, "length": self.length - opened.offset}

    def _details(self, ended: Open) -> Entity | None:
        """What an entity has besides its place; None where it leaves plain text."""
        if ended.kind == "pre":
            return {"language": ended.language} if ended.language else {}
        if ended.kind == "text_link":
            return self._link(self._target("a URL") or "".join(self.text[ended.text_at :]))
        if ended.kind == "custom_emoji":
            return self._emoji(self._target("a custom emoji URL"))
        return {}

    def _target(self, what: str) -> str | None:
        """The part in round brackets after a link's text."""
        if not self._has("("):
            return None
        begun_at = self.at = self.at + 1
        target = ""
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                self.at += 1
            target += self.source[self.at]
            self.at += 1
        if self.at >= len(self.source):
            raise _cannot(f"Can't find end of {what} at byte offset {self._byte(begun_at)}")
        self.at += 1
        return target

    def _link(self, target: str) -> Entity | None:
        user_id = mentioned_user(target)
        if user_id is not None:
            return {"type": "text_mention", "user": user_id}
        link = checked_link(target)
        return {"url": link} if link else None

    def _emoji(self, target: str | None) -> Entity:
        if target is None:
            raise _cannot("Custom emoji entity must contain a tg://emoji URL")
        parts = urlsplit(target)
        number = parse_qs(parts.query).get("id", [""])[0]
        if (parts.scheme, parts.netloc) != ("tg", "emoji") or not number.isdigit():
            raise _cannot("Custom emoji URL must have an emoji identifier")
        return {"custom_emoji_id": number}

    def _unended(self, opened: Open) -> ApiError:
        return _cannot(f"Can't find end of {NAMES[opened.kind]} entity at byte offset {self._byte(opened.source_at)}")

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())


def _cannot(what: str) -> ApiError:
    return bad_request(f"can't parse entities: {what}")
