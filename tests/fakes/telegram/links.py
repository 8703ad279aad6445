"""Which link targets Telegram keeps."""

import re
from urllib.parse import urlsplit

SCHEMES = {"http", "https", "ftp", "tg", "ton", "tonsite"}


def mentioned_user(target: str) -> int | None:
    """The user of a tg://user?id=… link."""
    match = re.fullmatch(r"tg://user\?id=([1-9][0-9]{0,15})", target.strip())
    return int(match.group(1)) if match else None


def checked_link(target: str) -> str:
    """The link as stored, or "" where Telegram drops it and leaves plain text."""
    target = target.strip()
    if not target or any(character.isspace() for character in target):
        return ""
    if "://" not in target:
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?![0-9])", target):
            return ""
        target = "http://" + target
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme.lower() not in SCHEMES or not host:
        return ""
    if parts.scheme.lower() not in {"tg", "ton"} and "." not in host:
        return ""
    return target if parts.path or parts.query or parts.fragment else target + "/"
