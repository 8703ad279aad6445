"""Finding a quoted sentence in the passage it was taken from, and making Markdown readable as plain text."""

import re

_RULE = re.compile(r"^[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*\n?", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*\|(.*)\|[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\s]+\)")
_GAP = re.compile(r"\n{3,}")


def split_at_quote(passage: str, quote: str) -> tuple[str, str, str]:
    """The passage before the quote, the quote as it stands there, and what follows; only the quote if it is not there.

    Runs of white space count as equal, because passages keep their lines and quotes do not.
    """
    text, wanted = readable(passage), readable(quote)
    words = wanted.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    if found is None:
        return "", wanted, ""
    return text[: found.start()], found.group(), text[found.end() :]


def readable(markdown: str) -> str:
    """Markdown without its signs, for places that show plain text: rows of tables become lines."""
    text = rows_as_lines(markdown)
    text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _HEADING.sub("", text)))
    return _GAP.sub("\n\n", text).strip()


def rows_as_lines(markdown: str) -> str:
    """Tables as lines, for places that are too narrow for them."""
    return _ROW.sub(lambda row: " · ".join(cell.strip() for cell in row.group(1).split("|")), _RULE.sub("", markdown))
