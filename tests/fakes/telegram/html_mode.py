"""parse_mode=HTML, by the rules and in the words of the Bot API server.

Only its tags are known, only lt, gt, amp, quot and numeric references are decoded (others stay as they are),
and offsets in errors count bytes of the submitted text.
"""

import re
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram.errors import ApiError, bad_request
from tests.fakes.telegram.links import checked_link, mentioned_user
from tests.fakes.telegram.utf16 import units

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,7})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
ATTRIBUTE = re.compile(r"""\s*([^\s=>]*)\s*(=?)\s*(?:"([^"]*)"|'([^']*)'|([\w.\-]*))""")

Entity = dict[str, Any]


@dataclass
class Open:
    """A start tag that waits for its end."""

    name: str
    attributes: dict[str, str]
    offset: int
    text_at: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of an HTML message."""
    return HtmlParser(source).run()


def unescape(text: str) -> str:
    """Decodes the few references that Telegram knows."""
    return REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < 0x10FFFF else match.group(0)


class HtmlParser:
    """One pass over the source with a stack of open tags."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.length = 0
        self.open: list[Open] = []
        self.entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        at = 0
        while at < len(self.source):
            tag_at = self.source.find("<", at)
            self._add(self.source[at : tag_at if tag_at >= 0 else len(self.source)])
            if tag_at < 0:
                break
            at = self._end_tag(tag_at) if self.source[tag_at + 1 : tag_at + 2] == "/" else self._start_tag(tag_at)
        if self.open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        if any(0xD800 <= ord(character) <= 0xDFFF for character in self.text):
            raise _cannot(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)  # only <pre> may have one
        return self.text, self.entities

    def _add(self, raw: str) -> None:
        piece = unescape(raw)
        self.text += piece
        self.length += units(piece)

    def _fail(self, what: str, at: int) -> ApiError:
        return _cannot(f"{what} at byte offset {len(self.source[:at].encode())}")

    def _start_tag(self, at: int) -> int:
        name_match = re.compile(r"[^\s>]*").match(self.source, at + 1)
        assert name_match is not None
        name, position = name_match.group().lower(), name_match.end()
        if position >= len(self.source):
            raise self._fail("Unclosed start tag", at)
        if name not in TYPES:
            raise self._fail(f'Unsupported start tag "{name}"', at)
        attributes, position = self._attributes(name, at, position)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._fail('Tag "span" must have class "tg-spoiler"', at)
        self.open.append(Open(name, attributes, self.length, len(self.text)))
        return position

    def _attributes(self, tag: str, at: int, position: int) -> tuple[dict[str, str], int]:
        found: dict[str, str] = {}
        while True:
            while self.source[position : position + 1].isspace():
                position += 1
            if self.source[position : position + 1] == ">":
                return found, position + 1
            match = ATTRIBUTE.match(self.source, position)
            if match is None or position >= len(self.source):
                raise self._fail("Unclosed start tag", at)
            name, equals, double, single, bare = match.groups()
            if not name:
                raise self._fail(f'Empty attribute name in the tag "{tag}"', at)
            if not equals and not (tag == "blockquote" and name == "expandable"):
                what = f'Expected equal sign in declaration of an attribute of the tag "{tag}"'
                raise self._fail(what, at)
            value = double if double is not None else single
            found[name.lower()] = unescape(value) if value is not None else (bare or "").lower()
            position = match.end() if equals else position + len(name)
            following = self.source[position : position + 1]
            if not following:
                raise self._fail("Unclosed start tag", at)
            if value is None and equals and following not in "> \t\r\n":
                raise self._fail("Unexpected end of name token", match.start(5))

    def _end_tag(self, at: int) -> int:
        if not self.open:
            raise self._fail("Unexpected end tag", at)
        end = re.compile(r"</([^\s>]*)\s*(>?)").match(self.source, at)
        if end is None or not end.group(2):
            raise self._fail("Unclosed end tag", at)
        found, tag = end.group(1).lower(), self.open[-1]
        if found and found != tag.name:
            raise (
                self._fail("Unmatched end tag", at)
                if not found
                else _cannot(
                    f"Unmatched end tag at byte offset {len(self.source[:at].encode())}, "
                    f'expected "</{tag.name}>", found "</{found}>"'
                )
            )
        self.open.pop()
        if self.length > tag.offset:
            self._close(tag)
        return end.end()

    def _close(self, tag: Open) -> None:
        entity: Entity = {"type": TYPES[tag.name], "offset": tag.offset, "length": self.length - tag.offset}
        if tag.name == "a":
            self._link(entity, tag.attributes.get("href") or self.text[tag.text_at :])
            return
        if tag.name == "tg-emoji":
            if not tag.attributes.get("emoji-id", "").isdigit():
                raise bad_request("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = tag.attributes["emoji-id"]
        if tag.name == "blockquote" and "expandable" in tag.attributes:
            entity["type"] = "expandable_blockquote"
        language = tag.attributes.get("class", "")
        if tag.name == "code" and language.startswith("language-"):
            entity["language"] = language.removeprefix("language-")
        if tag.name in {"code", "pre"} and self._joined(entity):
            return
        self.entities.append(entity)

    def _joined(self, outer: Entity) -> bool:
        """<pre><code class="language-x"> is one entity with a language."""
        if not self.entities:
            return False
        inner = self.entities[-1]
        same = inner["offset"] == outer["offset"] and inner["length"] == outer["length"]
        if not same or {inner["type"], outer["type"]} != {"code", "pre"}:
            return False
        language = inner.get("language") or outer.get("language")
        if language:
            inner |= {"type": "pre", "language": language}
        return bool(language)

    def _link(self, entity: Entity, target: str) -> None:
        user_id = mentioned_user(target)
        link = checked_link(target)
        if user_id is not None:
            self.entities.append(entity | {"type": "text_mention", "user": user_id})
        elif link:
            self.entities.append(entity | {"url": link})


def _cannot(what: str) -> ApiError:
    return bad_request(f"can't parse entities: {what}")
