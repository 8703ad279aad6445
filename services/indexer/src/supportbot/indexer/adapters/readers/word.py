"""Word documents: mammoth makes a page of them, which is read like any other page."""

import io
import re
from html import unescape
from typing import Any, Final

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.html import read_page
from supportbot.indexer.adapters.readers.names import sane_title
from supportbot.indexer.adapters.readers.packages import has_macros, opened, parsed_xml, part
from supportbot.indexer.domain.outline import LONGEST_HEADING
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.refusals import refusal

_STYLES: Final = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Название'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='Code'] => pre:separator('\\n')
p[style-name='Plain Text'] => pre:separator('\\n')
"""
_HEADING: Final = re.compile(r"<h[1-6][ >]")
_TITLE: Final = re.compile(r'<h1 class="title">(.{1,2000}?)</h1>', re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")
_BOLD_LINE: Final = re.compile(
    r"<p><strong>([^<]{1,120}(?<![.!?,;:…\s]))\s*</strong></p>(?=<(?!p><strong>[^<]*</strong></p>))"
)
"""What people write who do not know of styles: a short line in bold type, and something else below it."""


def read_word(path: str, content: bytes) -> ParsedDocument:
    """A Word document as sections.

    Raises:
        UnreadableDocumentError: it is damaged, protected by a password, or unpacks to too much.
    """
    with opened(content, "docx", needs="word/document.xml") as package:
        macros, title = has_macros(package), core_title(part(package, "docProps/core.xml"))
    page = _as_page(content)
    if not _HEADING.search(page):
        page = _BOLD_LINE.sub(r"<h2>\1</h2>", page)
    page = f"<html><head></head><body>{page}</body></html>"
    return read_page(path, page, title=title or _named(page), warnings=(warning_text("macros"),) if macros else ())


def _named(page: str) -> str:
    """What stands in the style for titles."""
    found = _TITLE.search(page)
    return " ".join(unescape(_TAG.sub("", found[1])).split())[:LONGEST_HEADING] if found else ""


def core_title(properties: bytes) -> str:
    """The title in the properties of an Office file."""
    root = parsed_xml(properties) if properties else None
    found = root.findtext("{http://purl.org/dc/elements/1.1/}title") if root is not None else ""
    return sane_title(found)


def _as_page(content: bytes) -> str:
    import mammoth

    def without_picture(_image: Any) -> list[Any]:
        return []

    try:
        made = mammoth.convert_to_html(io.BytesIO(content), style_map=_STYLES, convert_image=without_picture)
    except MemoryError:
        raise
    except Exception as error:  # whatever a damaged or hostile file makes of it
        raise refusal("damaged", kind="docx") from error
    return str(made.value)
