"""Variables in ready-made replies: `{{name}}` and its likes become what is known when the reply is sent."""

import re
from collections.abc import Mapping
from typing import Final

VARIABLES: Final = ("name", "bot", "operator")
"""The customer's first name, the name at the top of the chat, and who replies."""
_VARIABLE: Final = re.compile(r"(?P<before>,?[ \t]*)\{\{\s*(?P<name>[a-z]+)\s*\}\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in.

    One of which nothing is known goes, with the comma before it: “Hello, {{name}}!” becomes “Hello!”. One that there is
    not stays as it is, so that whoever wrote it sees it.
    """

    def put(found: re.Match[str]) -> str:
        value = values.get(found["name"])
        if value is None:
            return found[0]
        return found["before"] + value if value else ""

    return _VARIABLE.sub(put, text)


def first_name(user_name: str) -> str:
    """What somebody is called, of the name that a channel shows."""
    return user_name.split(maxsplit=1)[0] if user_name.strip() else ""
