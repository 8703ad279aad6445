"""Buttons below a reply, and the data by which a press is known again."""

from dataclasses import dataclass
from typing import Literal

from supportbot.common.i18n import translate

MAX_DATA_BYTES = 64
Press = Literal["up", "down", "person"]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button."""

    text: str
    data: str


ButtonRows = tuple[tuple[Button, ...], ...]


def buttons_for(kind: str, reply_key: str, language: str) -> ButtonRows:
    """The buttons below a reply of this kind: votes and a person below an answer, a person below a note."""
    person = Button(translate("telegram.person_button", language), f"person:{reply_key}")
    votes = (Button("👍", f"up:{reply_key}"), Button("👎", f"down:{reply_key}"))
    rows: dict[str, ButtonRows] = {"answer": (votes, (person,)), "note": ((person,),)}
    return _fitting(rows.get(kind, ()))


def buttons_after_vote(reply_key: str, language: str, vote: int) -> ButtonRows:
    """The buttons once a vote was given: it can be changed, and a person can still be asked for."""
    person = Button(translate("telegram.person_button", language), f"person:{reply_key}")
    up = Button("👍 ✓" if vote > 0 else "👍", f"up:{reply_key}")
    down = Button("👎 ✓" if vote < 0 else "👎", f"down:{reply_key}")
    return _fitting(((up, down), (person,)))


def read_press(data: str) -> tuple[Press, str] | None:
    """What was pressed, and the key of the reply that it belongs to."""
    press, _, reply_key = data.partition(":")
    if press in {"up", "down", "person"} and reply_key:
        return press, reply_key  # type: ignore[return-value]  # one of the three
    return None


def _fitting(rows: ButtonRows) -> ButtonRows:
    fits = all(len(button.data.encode()) <= MAX_DATA_BYTES for row in rows for button in row)
    return rows if fits else ()
