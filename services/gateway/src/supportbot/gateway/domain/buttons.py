"""Buttons below a message, and the data by which a press is known again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from supportbot.common.contracts.feedback import REASONS
from supportbot.common.i18n import LANGUAGES, translate
from supportbot.gateway.domain.commands import MENU
from supportbot.gateway.domain.sources import HINTING, SOURCES_SHOWN

Offer = Literal["person", "contacts", ""]
"""What people are offered who do not want the machine's answer: a person, where else to turn to, or nothing."""
MAX_DATA_BYTES = 64
MAX_COPIED = 256
OF_A_REPLY = frozenset({"up", "down", "person"})
"""What is pressed below one of our replies; its data names that reply."""
STARS = 5
NUMBERED = {"why": len(REASONS), "source": SOURCES_SHOWN, "rate": STARS}
"""What is pressed below a reply too, and how many there are of it."""
OFFERING = frozenset({"answer", "note", "help", "stopped"})
"""Kinds of messages below which a person is offered, or what there is instead."""
OF_STAFF = frozenset({"take", "suggest", "close", "back", "reply", "show"})
"""What only staff may press; the data name the escalation."""
CHOICES = {"language": frozenset(LANGUAGES), "menu": frozenset(MENU), "erase": frozenset({"yes", "no"})}
"""What is chosen in a menu."""


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: pressing it tells us `data`, or takes `copied` into the person's clipboard."""

    text: str
    data: str = ""
    copied: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """What a button does, and what it does it with: the key of a reply, or the choice from a menu."""

    action: str
    value: str
    number: int = 0
    """Which one of several, counted from 1."""


ButtonRows = tuple[tuple[Button, ...], ...]


def buttons_for(kind: str, reply_key: str, language: str, sources: int = 0, offer: Offer = "person") -> ButtonRows:
    """The buttons below a message of this kind; `sources` is how many places an answer rests on."""
    make = _BUTTONS.get(kind)
    rows = make(reply_key, language) if make else ()
    offered = _person(reply_key, language, offer) if kind in OFFERING else ()
    has_buttons = rows or offered or kind in HINTING
    return _fitting((*_sources(reply_key, sources), *rows, *offered)) if has_buttons else ()


def with_copy_of(rows: ButtonRows, suggestion: str, language: str) -> ButtonRows:
    """The buttons, after the first one another that copies a suggested reply: to be changed before it is sent."""
    if not rows or not suggestion or len(suggestion) > MAX_COPIED:
        return rows
    return (rows[0], (Button(translate("staff.button_copy", language), copied=suggestion),), *rows[1:])


def buttons_that_show(labels: Sequence[tuple[str, str]]) -> ButtonRows:
    """A button for each question of a message about many, by its escalation and what it says."""
    return _fitting(tuple((Button(label, f"show:{about}"),) for about, label in labels))


def buttons_after_vote(
    reply_key: str,
    language: str,
    vote: int,
    *,
    sources: int = 0,
    asks_why: bool = False,
    offer: Offer = "person",
) -> ButtonRows:
    """The buttons once a vote was given: it can be changed and explained, and a person can still be asked for."""
    up = Button("👍 ✓" if vote > 0 else "👍", f"up:{reply_key}")
    down = Button("👎 ✓" if vote < 0 else "👎", f"down:{reply_key}")
    why = _reasons(reply_key, language) if asks_why else ()
    return _fitting((*_sources(reply_key, sources), (up, down), *why, *_person(reply_key, language, offer)))


def read_press(data: str) -> Press | None:
    """What was pressed; None for what no button of ours says."""
    action, _, value = data.partition(":")
    if action in NUMBERED:
        number, _, value = value.partition(":")
        known = number.isascii() and number.isdecimal() and 1 <= int(number) <= NUMBERED[action] and bool(value)
        return Press(action, value, int(number)) if known else None
    known = bool(value) if action in OF_A_REPLY | OF_STAFF else value in CHOICES.get(action, ())
    return Press(action, value) if known else None


def _answer(reply_key: str, _language: str) -> ButtonRows:
    return ((Button("👍", f"up:{reply_key}"), Button("👎", f"down:{reply_key}")),)


def _sources(reply_key: str, count: int) -> ButtonRows:
    numbers = range(1, min(count, SOURCES_SHOWN) + 1)
    return (tuple(Button(f"📄 {number}", f"source:{number}:{reply_key}") for number in numbers),) if count else ()


def _reasons(reply_key: str, language: str) -> ButtonRows:
    return tuple(
        (Button(translate(f"telegram.why_{reason}", language), f"why:{number}:{reply_key}"),)
        for number, reason in enumerate(REASONS, start=1)
    )


def offered(offer: Offer, language: str) -> str:
    """What the button says that is pressed by who does not want the machine's answer; empty where there is none."""
    return translate(f"telegram.{offer}_button", language) if offer else ""


def _person(reply_key: str, language: str, offer: Offer) -> ButtonRows:
    return ((Button(offered(offer, language), f"person:{reply_key}"),),) if offer else ()


def _languages(_reply_key: str, _language: str) -> ButtonRows:
    return (tuple(Button(translate("telegram.language_name", one), f"language:{one}") for one in LANGUAGES),)


def _menu(_reply_key: str, language: str) -> ButtonRows:
    return tuple((Button(translate(f"telegram.menu_{choice}", language), f"menu:{choice}"),) for choice in MENU)


def _erase(_reply_key: str, language: str) -> ButtonRows:
    return tuple(
        (Button(translate(f"telegram.erase_{choice}", language), f"erase:{choice}"),) for choice in ("yes", "no")
    )


def _stars(reply_key: str) -> ButtonRows:
    return (tuple(Button(f"{number} ⭐", f"rate:{number}:{reply_key}") for number in range(1, STARS + 1)),)


def _staff(about: str, language: str, *actions: str) -> ButtonRows:
    return tuple((Button(translate(f"staff.button_{action}", language), f"{action}:{about}"),) for action in actions)


_BUTTONS: dict[str, Callable[[str, str], ButtonRows]] = {
    "answer": _answer,
    "closed": lambda reply_key, _language: _stars(reply_key),
    "language": _languages,
    "settings": _menu,
    "erase": _erase,
    "card": lambda about, language: _staff(about, language, "take", "close"),
    "card_suggested": lambda about, language: _staff(about, language, "suggest", "take", "close"),
    "staff": lambda about, language: _staff(about, language, "take", "reply", "close"),
    "staff_suggested": lambda about, language: _staff(about, language, "suggest", "take", "reply", "close"),
    "staff_taken": lambda about, language: _staff(about, language, "back", "close"),
}


def _fitting(rows: ButtonRows) -> ButtonRows:
    fits = all(len(button.data.encode()) <= MAX_DATA_BYTES for row in rows for button in row)
    return rows if fits else ()
