"""Lines of a `.env` file, as its reader understands them."""

import re
from collections.abc import Mapping

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")


def env_lines(values: Mapping[str, str]) -> str:
    """One line for each; what is not plain stands in quotes. A shell that sources it reads the same, but for quotes."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
