"""Finding a quoted sentence in the passage it was taken from."""

import re


def split_at_quote(passage: str, quote: str) -> tuple[str, str, str]:
    """The passage before the quote, the quote as it stands there, and what follows; only the quote if it is not there.

    Runs of white space count as equal, because passages keep their lines and quotes do not.
    """
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), passage) if words else None
    if found is None:
        return "", quote, ""
    return passage[: found.start()], found.group(), passage[found.end() :]
