"""E-mail files: the subject as the title, what was written without what was quoted, and attached documents."""

import re
from collections.abc import Iterator
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


def read_mail(path: str, content: bytes, read: Read) -> ParsedDocument:
    """A message. Addresses are left out: they are nobody's answer. Raises UnreadableDocumentError."""
    refuse_known_binary(content)
    if not content.strip():
        raise refusal("empty")
    message = message_from_bytes(content, policy=policy.default)
    subject = " ".join(str(message.get("Subject") or "").split())
    body = _body(message, read)
    return gathered(subject or title_from_path(path), _attached(message), read, before=body)


def _body(message: EmailMessage, read: Read) -> tuple[Section, ...]:
    """What was written: the plain form where there is one, else the page."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ()
    if part.get_content_type() == "text/html":
        return read("message.html", _text_of(part).encode()).sections
    lines = [line for line in _text_of(part).split("\n") if not (_QUOTED.match(line) or _ANNOUNCED.match(line.strip()))]
    return parse_plain_text("\n".join(lines)).sections


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
