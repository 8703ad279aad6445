"""Messages of Outlook: compound files whose streams are named by the properties of MAPI ([MS-OXMSG])."""

import io
from collections.abc import Iterator
from typing import Any, Final

from supportbot.indexer.adapters.encodings import refuse_known_binary
from supportbot.indexer.adapters.readers.bundles import MOST_FILES, Read
from supportbot.indexer.adapters.readers.mail import Letter, read_letter
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.refusals import refusal

_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROPERTIES: Final = "__properties_version1.0"
_STREAM: Final = "__substg1.0_"
_ATTACHMENT: Final = "__attach_version1.0_#"
_SUBJECT, _PLAIN, _PAGE = "0037", "1000", "1013"
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_UNICODE, _CODED, _BINARY = "001F", "001E", "0102"
_MESSAGE_CODE_PAGE, _PAGE_CODE_PAGE = 0x3FFD, 0x3FDE
_HEAD: Final = 32
"""Bytes before the properties of a message."""
_PROPERTY: Final = 16
_UTF_8: Final = 65001


def read_outlook(path: str, content: bytes, read: Read) -> ParsedDocument:
    """A message with attached documents. Raises UnreadableDocumentError."""
    if not content.startswith(_COMPOUND):
        refuse_known_binary(content)
        raise refusal("not_that_kind", kind="msg")
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as file:
            if not file.exists(_PROPERTIES):
                raise refusal("not_that_kind", kind="msg")
            message = _Message(file)
            letter, attached = message.letter(), list(message.attached())
    except (OSError, ValueError, IndexError, RecursionError) as error:  # what olefile makes of a damaged file
        raise refusal("damaged", kind="msg") from error
    return read_letter(path, letter, iter(attached), read)


class _Message:
    def __init__(self, file: Any) -> None:
        self._file = file
        self._numbers = dict(_numbers(self._bytes([_PROPERTIES])))

    def letter(self) -> Letter:
        """What was written."""
        return Letter(self._text([], _SUBJECT), self._text([], _PLAIN), self._page())

    def attached(self) -> Iterator[tuple[str, bytes]]:
        """The names and contents of attached files; messages in messages are left out."""
        for entry in self._file.listdir(streams=False, storages=True)[:MOST_FILES]:
            if len(entry) == 1 and entry[0].startswith(_ATTACHMENT):
                name = self._text(entry, _LONG_NAME) or self._text(entry, _SHORT_NAME)
                if name:
                    content = self._bytes([*entry, f"{_STREAM}{_DATA}{_BINARY}"])
                    yield "".join(sign for sign in name if sign.isprintable()), content

    def _page(self) -> str:
        coded = self._bytes([f"{_STREAM}{_PAGE}{_BINARY}"])
        return _decoded(coded, self._numbers.get(_PAGE_CODE_PAGE, 0)) if coded else self._text([], _PAGE)

    def _text(self, folder: list[str], name: str) -> str:
        whole = self._bytes([*folder, f"{_STREAM}{name}{_UNICODE}"])
        if whole:
            return whole.decode("utf-16-le", "replace").rstrip("\0")
        coded = self._bytes([*folder, f"{_STREAM}{name}{_CODED}"])
        return _decoded(coded, self._numbers.get(_MESSAGE_CODE_PAGE, 0)).rstrip("\0")

    def _bytes(self, path: list[str]) -> bytes:
        return bytes(self._file.openstream(path).read()) if self._file.exists(path) else b""


def _numbers(properties: bytes) -> Iterator[tuple[int, int]]:
    """Properties that are numbers, by their ids."""
    for start in range(_HEAD, len(properties) - _PROPERTY + 1, _PROPERTY):
        kind = int.from_bytes(properties[start : start + 2], "little")
        if kind == 3:  # noqa: PLR2004  # PtypInteger32
            name = int.from_bytes(properties[start + 2 : start + 4], "little")
            yield name, int.from_bytes(properties[start + 8 : start + 12], "little")


def _decoded(content: bytes, code_page: int) -> str:
    """Text in UTF-8, else in the page that the message names, else in the Russian one of Windows."""
    for name in ("utf-8", "utf-8" if code_page == _UTF_8 else f"cp{code_page}", "cp1251"):
        try:
            return content.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", "replace")
