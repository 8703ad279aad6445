"""E-mail files: the subject as the title, what was written without what was quoted, and attached documents."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Final, cast

from supportbot.indexer.adapters.encodings import refuse_known_binary
from supportbot.indexer.adapters.readers.bundles import MOST_FILES, Read, gathered
from supportbot.indexer.domain.parsed import ParsedDocument, Section
from supportbot.indexer.domain.plain_text import parse_plain_text
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.domain.titles import title_from_path

_QUOTED: Final = re.compile(r"^\s*>")
_ANNOUNCED: Final = re.compile(
    r"^(?:on .{5,120} wrote:|.{5,120} (?:пишет|писал|писала|написал|написала)\s?:)\s*$", re.IGNORECASE
)
_ANSWERS: Final = re.compile(r"^(?:re|aw|отв|на)(?:\[\d+\])?:", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^(?:(?:re|aw|отв|на|fwd?|wg|пер|пересл)(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_HEADER: Final = re.compile(
    r"^\s*\*?(?:from|sent|to|cc|subject|date|importance|от|отправлено|кому|копия|тема|дата):\*?\s", re.IGNORECASE
)
_SENDER: Final = re.compile(r"^\s*\*?(?:from|от):\*?\s", re.IGNORECASE)
_ORIGINAL: Final = re.compile(
    r"^\s*-{2,}\s*(?:(?:original|forwarded) message|(?:исходное|пересылаемое|пересланное) сообщение)"
    r"\s*-{2,}\s*$|^\s*_{10,}\s*$",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"^-- ?$")
_LINES_OF_A_SIGNATURE: Final = 12
_CITED: Final = re.compile(
    r"<blockquote[^>]{0,300}(?:gmail_quote|cite)[^>]{0,300}>.*</blockquote>", re.IGNORECASE | re.DOTALL
)


def read_mail(path: str, content: bytes, read: Read) -> ParsedDocument:
    """A message. Addresses are left out: they are nobody's answer. Raises UnreadableDocumentError."""
    refuse_known_binary(content)
    if not content.strip():
        raise refusal("empty")
    message = message_from_bytes(content, policy=policy.default)
    letter = Letter(str(message.get("Subject") or ""), *_body(message))
    return read_letter(path, letter, _attached(message), read)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message whatever it is kept in."""

    subject: str
    plain: str = ""
    page: str = ""
    """As HTML; looked at only where there is no plain form."""


def read_letter(path: str, letter: Letter, attached: Iterator[tuple[str, bytes]], read: Read) -> ParsedDocument:
    """What was written without what was quoted, and attached documents. Raises UnreadableDocumentError."""
    subject = " ".join(letter.subject.split())
    sections: tuple[Section, ...] = ()
    if letter.plain.strip():
        lines = own_lines(letter.plain.replace("\r\n", "\n").split("\n"), is_answer=bool(_ANSWERS.match(subject)))
        sections = parse_plain_text("\n".join(lines)).sections
    elif letter.page.strip():
        page = read("message.html", _CITED.sub("", letter.page).encode())
        sections = tuple(_own(page.sections, is_answer=bool(_ANSWERS.match(subject))))
    title = _PREFIX.sub("", subject) or title_from_path(path)
    return gathered(title, attached, read, before=sections)


def own_lines(lines: Sequence[str], *, is_answer: bool) -> list[str]:
    """The lines that somebody wrote: not what is quoted, nor names and addresses around it, nor a signature."""
    kept: list[str] = []
    in_header = False
    for number, line in enumerate(lines):
        is_sender = bool(_SENDER.match(line)) and any(map(_HEADER.match, lines[number + 1 : number + 3]))
        if is_answer and (is_sender or _ORIGINAL.match(line)):
            break
        in_header = is_sender or (in_header and bool(_HEADER.match(line)))
        if _SIGNATURE.match(line) and len(lines) - number <= _LINES_OF_A_SIGNATURE:
            break
        if not (in_header or _QUOTED.match(line) or _ANNOUNCED.match(line.strip()) or _ORIGINAL.match(line)):
            kept.append(line)
    return kept


def _own(sections: Sequence[Section], *, is_answer: bool) -> Iterator[Section]:
    """The same of a page, whose paragraphs hold lines."""
    for section in sections:
        blocks = []
        for block in section.blocks:
            lines = [line for part in block.parts for line in part.split("\n")]
            own = own_lines(lines, is_answer=is_answer)
            if block.kind == "paragraph" and own != lines:
                blocks += [replace(block, parts=("\n".join(own),))] if any(map(str.strip, own)) else []
                if is_answer:
                    yield replace(section, blocks=tuple(blocks))
                    return
            else:
                blocks.append(block)
        yield replace(section, blocks=tuple(blocks))


def _body(message: EmailMessage) -> tuple[str, str]:
    """What was written, as text and as a page: one of both."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return "", ""
    return ("", _text_of(part)) if part.get_content_type() == "text/html" else (_text_of(part), "")


def _text_of(part: MIMEPart) -> str:
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError, KeyError):
        payload = cast("bytes", part.get_payload(decode=True) or b"")
        return payload.decode("utf-8", "replace")


def _attached(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for number, part in enumerate(message.iter_attachments()):
        if number >= MOST_FILES:
            return
        name = part.get_filename()
        content = part.get_payload(decode=True)
        if name and isinstance(content, bytes):
            yield "".join(sign for sign in name if sign.isprintable()), content
