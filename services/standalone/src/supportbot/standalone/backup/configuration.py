"""The configuration in a backup: settings as they hold, secrets only for whoever knows BACKUP_PASSPHRASE."""

import json
import shutil
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from pydantic import SecretStr

from supportbot.standalone.backup.secret_box import lock, unlock
from supportbot.standalone.env_lines import env_lines
from supportbot.standalone.settings import StandaloneSettings

FOLDER: Final = "configuration"
_SETTINGS: Final = "settings.json"
_SECRETS: Final = "secrets.box"
_SYNONYMS: Final = "synonyms.txt"
RESTORED: Final = "restored.env"
ENV_FILE: Final = Path(".env")


def dump_configuration(settings: StandaloneSettings, folder: Path) -> bool:
    """Write the configuration; returns whether its secrets are in it, encrypted."""
    plain = {
        name.upper(): str(getattr(settings, name)) for name in settings.model_fields_set if not _secret(settings, name)
    }
    (folder / _SETTINGS).write_text(json.dumps(plain, indent=1, ensure_ascii=False), encoding="utf-8")
    if settings.synonyms_path.is_file():
        shutil.copyfile(settings.synonyms_path, folder / _SYNONYMS)
    passphrase = settings.backup_passphrase.get_secret_value()
    if passphrase:
        (folder / _SECRETS).write_bytes(lock(_as_env(settings), passphrase))
    return bool(passphrase)


def open_secrets(folder: Path, passphrase: str) -> str:
    """All settings of the backup, as an env file; raises CannotRestoreError where the passphrase is another one."""
    return unlock((folder / _SECRETS).read_bytes(), passphrase)


def synonyms_in(folder: Path) -> Path | None:
    """The company's own words, where the backup has them."""
    path = folder / _SYNONYMS
    return path if path.is_file() else None


def _as_env(settings: StandaloneSettings) -> str:
    """What is set, from wherever, and what else stands in `.env`."""
    given = {name.upper(): _text(getattr(settings, name)) for name in sorted(settings.model_fields_set)}
    beside = dotenv_values(ENV_FILE, interpolate=False) if ENV_FILE.is_file() else {}
    everything = {**{name: value or "" for name, value in beside.items()}, **given}
    everything.pop("BACKUP_PASSPHRASE", None)
    return env_lines(everything)


def _secret(settings: StandaloneSettings, name: str) -> bool:
    return isinstance(getattr(settings, name), SecretStr)


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(str(part) for part in value) if isinstance(value, tuple) else "" if value is None else str(value)
