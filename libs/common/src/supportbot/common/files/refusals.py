"""Why nothing can be made of a document, or not everything: stored in English, told in the reader's language.

What is stored is the text itself, as a person at a terminal or a program reads it. Its code and its translation are
found again by the catalogue: every text of `document.refused` and `document.warning` is a pattern.
"""

import re
from functools import cache
from typing import Any, Final

from supportbot.common.i18n import DEFAULT_LANGUAGE, texts, translate

REFUSED: Final = "document.refused."
WARNING: Final = "document.warning."
_KIND: Final = "document.kind."
_PLACEHOLDER: Final = re.compile(r"\\{(\w+)\\}")


def kind_named(kind: str) -> str:
    """What a kind of file is called, as a value for a text that is stored."""
    return translate(_KIND + kind, DEFAULT_LANGUAGE)


def refused_text(code: str, **values: Any) -> str:
    """Why a document is refused, as it is stored."""
    return translate(REFUSED + code, DEFAULT_LANGUAGE, **values)


def warning_text(code: str, **values: Any) -> str:
    """What is not quite right with a document that was read, as it is stored."""
    return translate(WARNING + code, DEFAULT_LANGUAGE, **values)


def code_of(text: str) -> str:
    """The code of a stored refusal, such as `encrypted_pdf`; empty where the text is none of ours."""
    found = (key for key, pattern in _patterns() if key.startswith(REFUSED) and pattern.fullmatch(text))
    return next(found, "").removeprefix(REFUSED)


def told(text: str, language: str) -> str:
    """A stored refusal or warning in another language; what the catalogue does not know stays as it is."""
    if language == DEFAULT_LANGUAGE:
        return text
    for key, pattern in _patterns():
        text = pattern.sub(lambda found, key=key: _said(key, language, found.groupdict()), text)  # type: ignore[misc]
    return text


def _said(key: str, language: str, values: dict[str, str]) -> str:
    kinds = {name: key for key, name in texts(_KIND, DEFAULT_LANGUAGE).items()}
    named = {
        name: translate(kinds[value], language) if value in kinds else told(value, language)
        for name, value in values.items()
    }
    return translate(key, language, **named)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Longer texts first, so that none is found inside of another."""
    known = {**texts(REFUSED, DEFAULT_LANGUAGE), **texts(WARNING, DEFAULT_LANGUAGE)}
    made = [(key, _pattern(text)) for key, text in known.items()]
    return tuple(sorted(made, key=lambda pair: -len(pair[1].pattern)))


def _pattern(text: str) -> re.Pattern[str]:
    """Matches the text with whatever values; a value at its end goes to the end of what is stored."""
    pattern = _PLACEHOLDER.sub(r"(?P<\1>.{1,600}?)", re.escape(text))
    return re.compile(pattern + (r"\Z" if text.endswith("}") else ""), re.DOTALL)
