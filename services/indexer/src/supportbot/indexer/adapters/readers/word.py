"""Word documents: mammoth makes a page of them, which is read like any other page."""

import io
from typing import Any, Final

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.html import read_page
from supportbot.indexer.adapters.readers.names import sane_title
from supportbot.indexer.adapters.readers.packages import has_macros, opened, parsed_xml, part
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.refusals import refusal

_STYLES: Final = """
p[style-name='Title'] => h1:fresh
p[style-name='Название'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='Code'] => pre:separator('\\n')
p[style-name='Plain Text'] => pre:separator('\\n')
"""


def read_word(path: str, content: bytes) -> ParsedDocument:
    """A Word document as sections.

    Raises:
        UnreadableDocumentError: it is damaged, protected by a password, or unpacks to too much.
    """
    with opened(content, "docx", needs="word/document.xml") as package:
        macros, title = has_macros(package), core_title(part(package, "docProps/core.xml"))
    page = f"<html><head></head><body>{_as_page(content)}</body></html>"
    return read_page(path, page, title=title, warnings=(warning_text("macros"),) if macros else ())


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
