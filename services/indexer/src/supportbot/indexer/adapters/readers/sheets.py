"""Excel workbooks: each sheet a heading, each row a line that names its columns; lists of questions their answers."""

import re
from typing import Final

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.readers.engine import extract, nodes_of
from supportbot.indexer.adapters.readers.packages import has_macros, opened, part
from supportbot.indexer.adapters.readers.records import add_rows
from supportbot.indexer.adapters.readers.structure import cells_of
from supportbot.indexer.adapters.readers.word import core_title
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.titles import title_from_path

_MIME: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MIDNIGHT: Final = re.compile(r"^(\d{4}-\d\d-\d\d) 00:00:00$")
_UNNAMED: Final = re.compile(r"(?:sheet|лист)\s?\d*", re.IGNORECASE)


def read_workbook(path: str, content: bytes) -> ParsedDocument:
    """A workbook as sections, one a sheet. Raises UnreadableDocumentError."""
    with opened(content, "xlsx", needs="xl/workbook.xml") as package:
        title = core_title(part(package, "docProps/core.xml")) or title_from_path(path)
        warnings = (warning_text("macros"),) if has_macros(package) else ()
    outline = Outline(title)
    for node in nodes_of(extract(content, _MIME, "xlsx")):
        found = node["content"]
        if found["node_type"] == "heading":
            outline.leave(1)
            outline.heading(1, "" if _UNNAMED.fullmatch(str(found["text"])) else str(found["text"]))
        elif found["node_type"] == "table":
            add_rows(outline, [[_MIDNIGHT.sub(r"\1", cell) for cell in row] for row in cells_of(found["grid"])], 2)
    return ParsedDocument(title, outline.finish(), warnings=warnings)
