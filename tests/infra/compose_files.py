"""The compose files as data, merged and with defaults in place of variables."""

import re
from pathlib import Path
from typing import Any

import yaml

from tools.distributed.layout import ROOT

FOLDER = ROOT / "infra" / "compose"
ALL_IN_ONE = "compose.yaml"
PRODUCTION = "docker-compose.prod.yml"
SHARED = ROOT.parent / "shared"
"""Published interfaces, where they are at hand."""
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")


def compose(name: str) -> dict[str, Any]:
    """A compose file; `${NAME:-default}` is its default."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(lambda found: found[2] or "", text))
    return loaded


def services(name: str) -> dict[str, dict[str, Any]]:
    """Its services by name."""
    found: dict[str, dict[str, Any]] = compose(name)["services"]
    return found


def variables(name: str) -> set[str]:
    """What it takes from the environment or the env file."""
    return {found[1] for found in _VARIABLE.finditer((FOLDER / name).read_text(encoding="utf-8"))}


def names_in(env_file: Path) -> set[str]:
    """The names that an env file sets, or could set."""
    return set(re.findall(r"^#?([A-Z_]+)=", env_file.read_text(encoding="utf-8"), re.MULTILINE))


def secret_name(given: str | dict[str, str]) -> str:
    """Which secret a service is given, in the short or the long form."""
    return given if isinstance(given, str) else given["source"]
