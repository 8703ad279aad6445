"""What an uploaded document may be called. No path is ever made of it: contents are stored under their hashes."""

import unicodedata
from typing import Final

from supportbot.common.errors import SupportbotError
from supportbot.common.files.kinds import DOCUMENT_ENDINGS, is_document

LONGEST: Final = 255
_FORBIDDEN: Final = ("/", "\\")


class InvalidNameError(SupportbotError):
    """A name that a document cannot have."""


class UnknownKindError(SupportbotError):
    """A kind of file that is not read."""


def checked_name(given: str) -> str:
    """The name in its usual spelling (NFC). A path, control characters or too many characters are refused, not mended.

    Raises:
        InvalidNameError: it is empty, too long, a path, or holds what cannot be shown.
        UnknownKindError: it ends like no kind that is read.
    """
    name = unicodedata.normalize("NFC", given.strip())
    if not name or len(name) > LONGEST or not name.isprintable() or any(sign in name for sign in _FORBIDDEN):
        raise InvalidNameError(f"A document's name has 1 to {LONGEST} characters that can be shown, and no slash")
    if not is_document(name):
        raise UnknownKindError(f"This kind of file is not read. These are: {', '.join(DOCUMENT_ENDINGS)}")
    return name
