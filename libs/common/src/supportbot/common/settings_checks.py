"""What can be wrong with a setting's text. Each check gives one sentence without the value, or nothing."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EXAMPLE = re.compile(
    r"change[-_ ]?(me|this|in)|your[-_ ]|example|placeholder|(secret|jwt)[-_ ]?key|jwt[-_ ]?secret|super[-_ ]?secret"
    r"|replace[-_ ]|insert[-_ ]|password",
    re.IGNORECASE,
)
_DISTINCT = 8
_ON = {"1", "true", "yes", "on"}
_DEBUG = ("DEBUG", "FLASK_DEBUG", "FASTAPI_DEBUG", "APP_DEBUG", "PYTHONASYNCIODEBUG")
_ORIGINS = ("CORS_ORIGINS", "CORS_ALLOWED_ORIGINS", "CORS_ALLOW_ORIGINS", "ALLOWED_ORIGINS")


def control_characters(text: str) -> str | None:
    """A line break in a token would be a second header; in a path, a file that nobody finds."""
    if _CONTROL.search(text):
        return "has a line break or another control character in it; copy it again, alone"
    return None


def blank(secret: str) -> str | None:
    """A secret of spaces is set, and keeps nobody out."""
    return "holds nothing but spaces; set it, or leave it out" if secret and not secret.strip() else None


def not_a_url(text: str, schemes: Sequence[str]) -> str | None:
    """An address that no client could use."""
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    if not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        return f"must begin with {wanted}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "is not an address: its port or its host cannot be read"
    if not parts.hostname or re.search(r"\s", text):
        return f"is not an address: after {wanted} comes a host, without spaces"
    if port == 0:
        return "is not an address: port 0 is none"
    return "has a user without a password" if parts.username and not parts.password else None


def not_a_host(text: str) -> str | None:
    """The name of a host, not a URL; a folder is where PostgreSQL keeps its socket."""
    if "://" in text or re.search(r"[\s@?#]", text) or ("/" in text and not text.startswith("/")):
        return "must be a host's name or address alone, without ://, port, user or spaces"
    return None


def not_networks(texts: Iterable[str]) -> str | None:
    """Names are not taken: whoever answers for a name would decide whose word counts."""
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            return "must be addresses or networks such as 10.0.0.5 or 10.0.0.0/8, separated by commas"
    return None


def looks_like_an_example(key: str) -> bool:
    """Whether a key was copied from an example, or is too simple to be a random one."""
    return bool(_EXAMPLE.search(key)) or len(set(key)) < _DISTINCT


def unsafe_in_production(values: Mapping[str, str | None]) -> list[str]:
    """Switches of frameworks that the product does not have; whoever sets them expects what production must not do."""
    found = [
        f"{name}: must not be on where ENVIRONMENT is production; remove it"
        for name in _DEBUG
        if (values.get(name) or "").strip().lower() in _ON
    ]
    found += [
        f"{name}: must not let every site in (*) where ENVIRONMENT is production; remove it, no other site is let in"
        for name in _ORIGINS
        if "*" in (values.get(name) or "")
    ]
    return found


def once_by_name(problems: Iterable[str]) -> list[str]:
    """The first problem of each setting; what else is wrong with it mostly follows from that."""
    first: dict[str, str] = {}
    for problem in problems:
        first.setdefault(problem.partition(":")[0], problem)
    return list(first.values())
