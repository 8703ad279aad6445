"""Excel workbooks: each sheet a heading, each row a line that names its columns; lists of questions their answers."""

import re
from typing import Final

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.readers.packages import has_macros, opened, part
from supportbot.indexer.adapters.readers.records import add_rows
from supportbot.indexer.adapters.readers.word import core_title
from supportbot.indexer.adapters.readers.workbook import Workbook
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.titles import title_from_path

_UNNAMED: Final = re.compile(r"(?:sheet|лист)\s?\d*", re.IGNORECASE)
_MOST_NAMED: Final = 10


def read_workbook(path: str, content: bytes) -> ParsedDocument:
    """A workbook as sections, one a sheet; what is hidden in it is left out. Raises UnreadableDocumentError."""
    hidden: list[str] = []
    with opened(content, "xlsx", needs="xl/workbook.xml") as package:
        title = core_title(part(package, "docProps/core.xml")) or title_from_path(path)
        outline, workbook = Outline(title), Workbook(package)
        for sheet in workbook.sheets():
            rows, is_partly_hidden = ([], True) if sheet.hidden else workbook.rows(sheet)
            if is_partly_hidden:
                hidden.append(sheet.name)
            outline.leave(1)
            if rows:
                outline.heading(1, "" if _UNNAMED.fullmatch(sheet.name) else sheet.name)
                add_rows(outline, rows, 2)
        warnings = [warning_text("macros")] if has_macros(package) else []
    if hidden:
        warnings.append(warning_text("hidden", names=", ".join(hidden[:_MOST_NAMED])))
    return ParsedDocument(title, outline.finish(), warnings=tuple(warnings))
