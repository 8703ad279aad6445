"""All text that people read, in one catalogue: `locales/<language>/LC_MESSAGES/supportbot.po`.

Keys are dotted names, such as `chat.placeholder`; a text may hold `{placeholders}` and, where it counts, plural forms.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

LANGUAGES = ("en", "ru")
DEFAULT_LANGUAGE = "en"


def spoken_language(*wanted: str | None) -> str:
    """The first of these that we have texts in; English where there is none."""
    return next((one for one in wanted if one in LANGUAGES), DEFAULT_LANGUAGE)


class UnknownTextError(KeyError):
    """A key that the catalogue does not have."""


def translate(key: str, language: str, **values: Any) -> str:
    """The text of `key` with its placeholders filled in. `n`, where given, chooses the plural form.

    A language that we do not have is answered in English.
    """
    catalogue = _catalogue(spoken_language(language))
    entry = catalogue.get(key)
    if entry is None:
        raise UnknownTextError(key)
    forms, choose = entry
    text = forms[choose(values["n"])] if len(forms) > 1 else forms[0]
    return text.format(**values) if values else text


def texts(prefix: str, language: str) -> dict[str, str]:
    """Every text whose key begins with `prefix`, for a page that fills in placeholders itself."""
    catalogue = _catalogue(spoken_language(language))
    return {key: forms[0] for key, (forms, _choose) in catalogue.items() if key.startswith(prefix)}


def keys(language: str) -> set[str]:
    """All keys of a language."""
    return set(_catalogue(language))


@cache
def _catalogue(language: str) -> dict[str, tuple[tuple[str, ...], Any]]:
    from babel.core import Locale
    from babel.messages.pofile import read_po
    from babel.plural import to_python

    path = files("supportbot.common") / "locales" / language / "LC_MESSAGES" / "supportbot.po"
    catalogue = read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)
    rule = to_python(Locale.parse(language).plural_form)
    order = {"en": ("one", "other"), "ru": ("one", "few", "many")}[language]

    def choose(n: int) -> int:
        form = rule(n)
        return order.index(form) if form in order else len(order) - 1

    entries: dict[str, tuple[tuple[str, ...], Any]] = {}
    for message in catalogue:
        if message.id:
            plural = isinstance(message.id, tuple | list)
            forms = tuple(message.string or ()) if plural else (str(message.string),)
            entries[message.id[0] if plural else str(message.id)] = (forms, choose)
    return entries
