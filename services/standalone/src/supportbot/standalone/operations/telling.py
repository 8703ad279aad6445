"""What is told of looks that a timer repeats: what two of them in a row found, once, and that it is over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from supportbot.standalone.operations.monitoring import Part

REMIND_AFTER: Final = timedelta(hours=6)
NAME: Final = "monitor.json"


@dataclass(frozen=True)
class Remembered:
    """What the last look found not to be well, and what somebody was told of, and when."""

    seen: Sequence[str] = ()
    told: Mapping[str, str] = field(default_factory=dict)


def news(before: Remembered, parts: Sequence[Part], moment: datetime) -> tuple[str, Remembered]:
    """The text to be told, empty where there is nothing new; and what is to be remembered once it was told."""
    unwell = {part.name: part for part in parts if not part.is_well}
    due = [part for name, part in unwell.items() if name in before.seen and _is_due(before.told.get(name), moment)]
    over = [name for name in before.told if name not in unwell]
    paragraphs = []
    if due:
        paragraphs.append("⚠️ Not well:\n" + "\n".join(f"{part.name}: {part.said}" for part in due))
    if over:
        paragraphs.append("✅ Well again: " + ", ".join(over))
    kept = {name: at for name, at in before.told.items() if name in unwell}
    return "\n\n".join(paragraphs), Remembered(
        sorted(unwell), {**kept, **{part.name: moment.isoformat() for part in due}}
    )


def remembered(folder: Path) -> Remembered:
    """What was remembered in a data folder; nothing where that cannot be read."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Remembered([str(name) for name in found["seen"]], {str(k): str(v) for k, v in found["told"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Remembered()


def remember(folder: Path, what: Remembered) -> None:
    """Remember it for the next look."""
    written = folder / f"{NAME}.new"
    written.write_text(json.dumps(asdict(what), sort_keys=True), encoding="utf-8")
    written.replace(folder / NAME)


def _is_due(told: str | None, moment: datetime) -> bool:
    try:
        return told is None or moment - datetime.fromisoformat(told).astimezone(UTC) >= REMIND_AFTER
    except ValueError:
        return True
