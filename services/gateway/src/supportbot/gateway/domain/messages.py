"""A stored reply as a Telegram message: label, author, text, sources, certainty and buttons."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportbot.common.i18n import LANGUAGES, translate
from supportbot.common.plain_text import clean_text
from supportbot.gateway.domain.acts import Act, SendFile, TelegramMessage
from supportbot.gateway.domain.buttons import buttons_for
from supportbot.gateway.domain.formatting import (
    MESSAGE_UNITS,
    escape,
    html_of_reply,
    html_of_typed,
    is_blank,
    lines_of_reply,
    plain_of_reply,
    shorten,
    split_text,
    utf16_units,
)
from supportbot.gateway.domain.timeline import SURE_FROM

SOURCES_SHOWN = 5
SOURCE_UNITS = 160
HEADER_UNITS = 300
"""Room for what stands above a text: the label of a repeat, the name of a person."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A reply to be given its form."""

    reply_key: str
    author: str
    author_name: str
    body: str
    details: Mapping[str, Any]
    is_repeat: bool
    is_last: bool

    @property
    def language(self) -> str:
        """One of ours."""
        language = self.details.get("language")
        return language if language in LANGUAGES else LANGUAGES[0]

    @property
    def kind(self) -> str:
        """What kind of reply it is."""
        return str(self.details.get("kind", ""))


def act_of(letter: Letter) -> Act:
    """What a letter makes Telegram do."""
    name = letter.details.get("file")
    if isinstance(name, str):
        return SendFile(name, letter.body.encode(), translate("telegram.export_caption", letter.language))
    return compose(letter)


def compose(letter: Letter) -> TelegramMessage:
    """The message that a letter becomes."""
    body = _body(letter)
    is_ours = letter.author == "machine"
    shown = plain_of_reply(body) if is_ours else body
    if is_blank(shown):
        body = shown = translate("telegram.nothing_to_show", letter.language)
    header = _header(letter)
    footer = _footer(letter) if letter.is_last else []
    formatted = [*map(_strong, header), html_of_reply(body) if is_ours else html_of_typed(body)]
    plain = [*header, shown]
    return TelegramMessage(
        "\n\n".join(["\n".join(formatted), *(block.html for block in footer)]),
        "\n\n".join(["\n".join(plain), *(block.plain for block in footer)]),
        buttons_for(letter.kind, letter.reply_key, letter.language) if letter.is_last else (),
        _taps(letter),
    )


def pieces_of(letter: Letter) -> list[str]:
    """The body in as many pieces as it takes messages to send it; one, where it fits as a whole."""
    if "file" in letter.details:
        return [letter.body]
    footer = sum(utf16_units(block.plain) + 2 for block in _footer(letter)) if letter.is_last else 0
    body = _body(letter)
    room = MESSAGE_UNITS - HEADER_UNITS
    if utf16_units(body) <= room - footer:
        return [letter.body]
    pieces = split_text(body, room)
    if utf16_units(pieces[-1]) > room - footer:
        pieces[-1:] = split_text(pieces[-1], room - footer)
    return pieces


@dataclass(frozen=True, slots=True)
class _Block:
    html: str
    plain: str


def _body(letter: Letter) -> str:
    """The text as long as it is shown: the machine's tables are lines in it."""
    body = clean_text(letter.body)
    return lines_of_reply(body) if letter.author == "machine" else body


def _taps(letter: Letter) -> tuple[str, ...]:
    taps = letter.details.get("taps")
    return tuple(str(tap) for tap in taps) if isinstance(taps, list) and letter.is_last else ()


def _header(letter: Letter) -> list[str]:
    lines = []
    if letter.is_repeat:
        lines.append(translate("telegram.repeat_label", letter.language))
    if letter.author == "person":
        name = shorten(" ".join(clean_text(letter.author_name).split()), 80)
        lines.append(name or translate("telegram.person_name", letter.language))
    return lines


def _footer(letter: Letter) -> list[_Block]:
    if letter.author != "machine" or letter.kind != "answer":
        return []
    citations = letter.details.get("citations")
    sources = _sources(citations if isinstance(citations, Sequence) else (), letter.language)
    certainty = translate(_certainty(letter.details), letter.language)
    return [*sources, _Block(f"<i>{escape(certainty)}</i>", certainty)]


def _certainty(details: Mapping[str, Any]) -> str:
    confidence = details.get("confidence")
    if details.get("caveat") or not isinstance(confidence, int | float):
        return "telegram.certainty_check"
    return "telegram.certainty_sure" if confidence >= SURE_FROM else "telegram.certainty_fairly"


def _sources(citations: Sequence[Any], language: str) -> list[_Block]:
    shown = [citation for citation in citations if isinstance(citation, Mapping)][:SOURCES_SHOWN]
    if not shown:
        return []
    title = translate("telegram.sources", language)
    lines = _numbered([(_source(citation), _address(citation)) for citation in shown])
    return [
        _Block(
            "\n".join([escape(title), *(f"{numbers}. {_linked(text, url)}" for numbers, text, url in lines)]),
            "\n".join([title, *(f"{numbers}. {text}" for numbers, text, _ in lines)]),
        )
    ]


def _numbered(places: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Each place once, with all the numbers by which the text names it; a single one is simply the first."""
    numbers: dict[tuple[str, str], list[str]] = {}
    for number, place in enumerate(places, start=1):
        numbers.setdefault(place, []).append(str(number))
    if len(numbers) == 1:
        return [("1", *places[0])]
    return [(", ".join(known), *place) for place, known in numbers.items()]


def _source(citation: Mapping[str, Any]) -> str:
    headings = citation.get("headings") or ()
    title = str(citation.get("title") or citation.get("document") or "—")
    parts = [title, *(str(heading) for heading in headings if str(heading) != title)]
    return shorten(" › ".join(" ".join(clean_text(part).split()) for part in parts), SOURCE_UNITS)


def _address(citation: Mapping[str, Any]) -> str:
    source = clean_text(str(citation.get("source") or ""))
    usable = source.startswith(("https://", "http://")) and len(source) <= SOURCE_UNITS * 4 and source.isascii()
    return source if usable and not any(character in " <>\"'\\" for character in source) else ""


def _linked(text: str, url: str) -> str:
    return f'<a href="{html.escape(url)}">{escape(text)}</a>' if url else escape(text)


def _strong(line: str) -> str:
    return f"<b>{escape(line)}</b>"
