"""Web pages as sources of documents: their addresses, and what can be wrong with one."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from supportbot.common.errors import SupportbotError
from supportbot.common.files.refusals import refused_text
from supportbot.common.web_addresses import canonical_address

AGENT: Final = "supportbot"
_LONGEST_NAME: Final = 80


class WebPageError(SupportbotError):
    """A page that cannot be had; `code` is one of `document.refused`."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(refused_text(code, **values))
        self.code = code
        self.status = int(values.get("status", 0))
        """Of HTTP, where a server answered."""


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page as it was fetched."""

    address: str
    """After redirects."""
    content: bytes
    kind: str
    """`text/html` and so on, in small letters; empty where the server does not say."""
    charset: str = ""
    etag: str = ""
    modified: str = ""


def is_address(text: str) -> bool:
    """Whether somebody means a web page and no file."""
    return text.lower().startswith(("http://", "https://"))


def canonical(address: str) -> str:
    """One spelling of each address: small letters in the host, no usual port, no fragment, no name or password.

    Raises:
        WebPageError: it is none that is fetched.
    """
    found = canonical_address(address)
    if found is None:
        raise WebPageError("web_address", address=address[:200])
    return found


def is_of_one_site(one: str, other: str) -> bool:
    """Whether two canonical addresses have the same scheme, host and port."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def file_name(address: str, ending: str) -> str:
    """A name for a page below the documents folder: what its address says, and what makes it unlike all others."""
    parts = urlsplit(address)
    words = "-".join(part for part in parts.path.split("/") if part) or "index"
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in words)
    stem = kept.removesuffix(ending.replace(".", "-")).strip("-")[:_LONGEST_NAME] or "page"
    host = "".join(sign if sign.isalnum() or sign in ".-" else "-" for sign in parts.netloc)
    return f"{host}/{stem}-{sha256(address.encode()).hexdigest()[:8]}{ending}"
