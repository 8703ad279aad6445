"""From the bytes of an update to the value they hold, and what tells two updates apart."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supportbot.common.plain_text import clean_text
from supportbot.gateway.domain.updates import UnreadableUpdateError

KEPT_CHARACTERS = 100_000
MAX_CONFIRMABLE = 2**53
"""A larger number would confirm everything that is still to come."""
_UPDATE_ID = re.compile(r'"update_id"\s*:\s*(\d{1,15})\b')


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """An update as it came: `value` is its JSON, `digest` the same for the same content."""

    value: Any
    digest: str
    body: str
    """For a person to look at."""
    problem: str = ""
    """Why there is no value."""
    is_batch: bool = False
    """It is a whole reply with several updates, of which nobody can say where each begins."""


def confirmable_id(raw: RawUpdate) -> int | None:
    """The number by which a poller confirms an update, found even in one that cannot be read."""
    if raw.is_batch:
        return None
    if isinstance(raw.value, Mapping):
        update_id = raw.value.get("update_id")
        usable = isinstance(update_id, int) and not isinstance(update_id, bool) and 0 <= update_id < MAX_CONFIRMABLE
        return update_id if usable else None
    found = _UPDATE_ID.search(raw.body)
    return int(found.group(1)) if found else None


def from_bytes(body: bytes) -> RawUpdate:
    """An update as a webhook receives it."""
    try:
        return from_value(decode(body))
    except UnreadableUpdateError as error:
        return unreadable(body, error.reason)


def from_value(value: Any) -> RawUpdate:
    """An update out of a batch.

    Raises:
        UnreadableUpdateError: it is nested too deeply to be compared with another one.
    """
    try:
        text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    except RecursionError as error:
        raise UnreadableUpdateError("it is nested too deeply") from error
    return RawUpdate(value, _digest(text.encode()), text[:KEPT_CHARACTERS])


def unreadable(body: bytes, problem: str, *, is_batch: bool = False) -> RawUpdate:
    """An update that is no JSON."""
    text = clean_text(body[:KEPT_CHARACTERS].decode(errors="replace"))
    return RawUpdate(None, _digest(body), text, problem, is_batch)


def decode(body: bytes | str) -> Any:
    """The JSON value of `body`.

    Raises:
        UnreadableUpdateError: there is none, or it is nested too deeply.
    """
    try:
        return json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        raise UnreadableUpdateError("it is nested too deeply" if deep else "it is not JSON") from error


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
