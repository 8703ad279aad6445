"""Settings for a command: where separate services run on the data folder, it works with the servers that they use."""

import os
import sys
from typing import TypeVar

from supportbot.common.settings import CommonSettings, load_settings
from supportbot.standalone.running import find_services

S = TypeVar("S", bound=CommonSettings)
_NAMES_THE_PRODUCT = ("DB_HOST", "QDRANT_URL")


def load_joined(kind: type[S]) -> S:
    """The settings as they are given, and what they leave open as the services of this folder have it.

    Whoever names another database or index means that one. Raises SettingsError, see `load_settings`.
    """
    settings = load_settings(kind)
    theirs = find_services(settings.data_folder) or {}
    given = {name.upper(): str(getattr(settings, name)) for name in settings.model_fields_set}
    elsewhere = any(given.get(name, theirs.get(name)) != theirs.get(name) for name in _NAMES_THE_PRODUCT)
    missing = {name: value for name, value in theirs.items() if name not in given}
    if elsewhere or not any(name in missing for name in _NAMES_THE_PRODUCT):
        return settings
    print("With the services that run on this folder.", file=sys.stderr)  # noqa: T201  # for the person at the terminal
    os.environ.update(missing)
    return load_settings(kind)
