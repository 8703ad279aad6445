"""Settings from a Python file of assignments, such as `config.local.py`: read, never run."""

import ast
from pathlib import Path

from supportbot.common.errors import SupportbotError
from supportbot.standalone.settings import StandaloneSettings

_OLD_NAMES = {"CHROMA_DB_PATH": "VECTOR_DB_PATH"}


class UnreadableFileError(SupportbotError):
    """The file is no Python."""


def read_python_settings(path: Path) -> tuple[dict[str, str], list[str]]:
    """Settings that the file assigns, by name, and the names of those that are none of ours or no plain values.

    Raises:
        UnreadableFileError: the file is no Python.
    """
    try:
        module = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise UnreadableFileError(f"{path} is no Python file of assignments: {error}") from error
    known = {name.upper() for name in StandaloneSettings.model_fields}
    found: dict[str, str] = {}
    passed_over: list[str] = []
    for name, value in _assignments(module):
        text = _text(value)
        if _OLD_NAMES.get(name, name) in known and text is not None:
            found[_OLD_NAMES.get(name, name)] = text
        else:
            passed_over.append(name)
    return found, passed_over


def _assignments(module: ast.Module) -> list[tuple[str, ast.expr]]:
    return [
        (target.id, statement.value)
        for statement in module.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    ]


def _text(value: ast.expr) -> str | None:
    """A plain value as an environment variable has it; lists are separated by commas."""
    try:
        plain = ast.literal_eval(value)
    except ValueError:
        return None
    if isinstance(plain, list | tuple):
        return ",".join(str(one) for one in plain)
    if isinstance(plain, bool):
        return str(plain).lower()
    return str(plain) if isinstance(plain, str | int | float) else None
