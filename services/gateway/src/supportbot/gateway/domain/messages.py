"""A stored reply as a Telegram message: label, author, text, sources, certainty and buttons."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from supportbot.common.i18n import spoken_language, translate
from supportbot.common.plain_text import clean_text
from supportbot.common.web.quotes import mark_quotes
from supportbot.gateway.domain.acts import (
    Act,
    CopyMessages,
    DeleteMessage,
    EditCaption,
    EditMessage,
    MakeTopic,
    React,
    SendFile,
    SendStored,
    SwitchTopic,
    TelegramMessage,
)
from supportbot.gateway.domain.buttons import ButtonRows, Offer, buttons_for, buttons_that_show, with_copy_of
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
from supportbot.gateway.domain.sources import HINTING, NAMING_PLACES, cited_places
from supportbot.gateway.domain.timeline import SURE_FROM

SOURCE_UNITS = 160
PASSAGE_UNITS = 3000
CAPTION_UNITS = 1024
TOPIC_UNITS = 128
WHOLE = frozenset({"file", "attachment", "edits", "captions", "reacts", "copies", "deletes", "topic"})
"""Details of what is never cut in pieces."""
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
    replies_to: int | None = None
    """The message in the same chat that it is shown to answer."""
    offer: Offer = "person"
    """What is offered below it to who does not want the machine's answer."""

    @property
    def language(self) -> str:
        """One of ours."""
        language = self.details.get("language")
        return spoken_language(language)

    @property
    def kind(self) -> str:
        """What kind of reply it is."""
        return str(self.details.get("kind", ""))


def act_of(letter: Letter) -> Act:  # noqa: PLR0911  # one for each act
    """What a letter makes Telegram do."""
    changed = letter.details.get("edits")
    if isinstance(changed, int):
        author = "person" if letter.author_name else "machine"
        return EditMessage(changed, compose(replace(letter, author=author)))
    captioned = letter.details.get("captions")
    if isinstance(captioned, int):
        caption = shorten(clean_text(letter.body), CAPTION_UNITS)
        return EditCaption(captioned, html_of_typed(caption), caption)
    if "reacts" in letter.details:
        return React(int(letter.details["reacts"]), letter.body)
    copies = letter.details.get("copies")
    if isinstance(copies, list):
        return CopyMessages(int(letter.details["from_chat"]), tuple(sorted(map(int, copies))), letter.replies_to)
    if "deletes" in letter.details:
        return DeleteMessage(int(letter.details["deletes"]))
    step = letter.details.get("topic")
    if step == "make":
        return MakeTopic(shorten(" ".join(clean_text(letter.body).split()), TOPIC_UNITS) or "—")
    if step in {"close", "reopen", "delete"}:
        return SwitchTopic(step)
    if letter.kind == "passage":
        return _passage(letter)
    return _file(letter) or compose(letter)


def _file(letter: Letter) -> SendStored | SendFile | None:
    """A file of staff, with whoever sent it above, or one that is the letter's body."""
    attachment = letter.details.get("attachment")
    if isinstance(attachment, dict):
        return _stored(letter, attachment)
    name = letter.details.get("file")
    if isinstance(name, str):
        return SendFile(name, letter.body.encode(), translate("telegram.export_caption", letter.language))
    return None


def _stored(letter: Letter, attachment: Mapping[str, Any]) -> SendStored:
    name, digest = str(attachment.get("name") or "file"), str(attachment.get("digest", ""))
    header = _header(letter)
    as_photo = attachment.get("kind") == "photo"
    return SendStored(name, digest, as_photo, "\n".join(map(_strong, header)), "\n".join(header), letter.replies_to)


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
        _buttons(letter),
        _taps(letter),
        letter.replies_to,
        letter.details.get("asks_for_reply") is True,
    )


def pieces_of(letter: Letter) -> list[str]:
    """The body in as many pieces as it takes messages to send it; one, where it fits as a whole."""
    if WHOLE & letter.details.keys() or letter.kind == "passage":
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


def _buttons(letter: Letter) -> ButtonRows:
    if not letter.is_last or "edits" in letter.details:
        return ()
    shown = letter.details.get("shown")
    if isinstance(shown, list):
        return buttons_that_show([(str(about), str(label)) for about, label in shown])
    places = len(cited_places(letter.details))
    about = str(letter.details.get("about", "")) or letter.reply_key
    rows = buttons_for(letter.kind, about, letter.language, places, letter.offer)
    return with_copy_of(rows, str(letter.details.get("suggestion", "")), letter.language)


def _passage(letter: Letter) -> TelegramMessage:
    """A place in the documents, folded until it is tapped, with what was quoted of it in bold."""
    title, url = str(letter.details.get("title", "")), str(letter.details.get("url", ""))
    quotes = [str(quote) for quote in letter.details.get("quotes") or ()]
    pieces = mark_quotes(shorten(clean_text(letter.body), PASSAGE_UNITS), quotes)
    shown = "".join(
        f"<b>{escape(text)}</b>" if quoted and not is_blank(text) else escape(text) for text, quoted in pieces
    )
    link = [_linked(translate("telegram.open_source", letter.language), url)] if url else []
    return TelegramMessage(
        "\n".join([f"<b>{escape(title)}</b>", f"<blockquote expandable>{shown}</blockquote>", *link]),
        "\n".join([title, "".join(text for text, _ in pieces), url]).strip(),
        replies_to=letter.replies_to,
    )


def _taps(letter: Letter) -> tuple[str, ...]:
    taps = letter.details.get("taps")
    return tuple(str(tap) for tap in taps) if isinstance(taps, list) and letter.is_last else ()


def _header(letter: Letter) -> list[str]:
    lines = []
    if letter.is_repeat:
        lines.append(translate("telegram.repeat_label", letter.language))
    if "edits" in letter.details and letter.author == "machine":
        lines.append(translate("telegram.question_changed", letter.language))
    if letter.author == "person":
        name = shorten(" ".join(clean_text(letter.author_name).split()), 80)
        lines.append(name or translate("telegram.person_name", letter.language))
    return lines


def _footer(letter: Letter) -> list[_Block]:
    if letter.author != "machine" or letter.kind not in NAMING_PLACES:
        return []
    if letter.kind in HINTING:
        return _sources("telegram.hints", letter.details, letter.language)
    sources = _sources("telegram.sources", letter.details, letter.language)
    certainty = translate(_certainty(letter.details), letter.language)
    return [*sources, _Block(f"<i>{escape(certainty)}</i>", certainty)]


def _certainty(details: Mapping[str, Any]) -> str:
    confidence = details.get("confidence")
    if details.get("caveat") or not isinstance(confidence, int | float):
        return "telegram.certainty_check"
    return "telegram.certainty_sure" if confidence >= SURE_FROM else "telegram.certainty_fairly"


def _sources(heading: str, details: Mapping[str, Any], language: str) -> list[_Block]:
    places = cited_places(details)
    if not places:
        return []
    title = translate(heading, language)
    named = [shorten(place.named(language), SOURCE_UNITS) for place in places]
    lines = [(", ".join(map(str, p.numbers)), name, p.url) for p, name in zip(places, named, strict=True)]
    return [
        _Block(
            "\n".join([escape(title), *(f"{numbers}. {_linked(text, url)}" for numbers, text, url in lines)]),
            "\n".join([title, *(f"{numbers}. {text}" for numbers, text, _ in lines)]),
        )
    ]


def _linked(text: str, url: str) -> str:
    return f'<a href="{html.escape(url)}">{escape(text)}</a>' if url else escape(text)


def _strong(line: str) -> str:
    return f"<b>{escape(line)}</b>"
