"""Where an operator can go: the places of the navigation, and the rooms in each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.admin_api.access.roles import Area

May = Callable[[Area], bool]


@dataclass(frozen=True, slots=True)
class Room:
    """A page, and what somebody must be allowed to see on it. `desk.<key>` is its name in the catalogue."""

    key: str
    path: str
    area: Area


@dataclass(frozen=True, slots=True)
class Place:
    """What the navigation shows: an icon that leads to the first of its rooms that is open."""

    key: str
    icon: str
    path: str


_ICONS: Final = {"inbox": "inbox", "knowledge": "book", "overview": "chart", "administration": "settings"}
ROOMS: Final = (
    Room("inbox", "/inbox", "inbox"),
    Room("inbox.canned", "/inbox/canned", "inbox"),
    Room("knowledge.documents", "/inbox/knowledge", "documents"),
    Room("knowledge.web", "/inbox/knowledge/web", "documents"),
    Room("knowledge.conflicts", "/inbox/knowledge/conflicts", "documents"),
    Room("knowledge.try", "/inbox/knowledge/try", "trials"),
    Room("knowledge.gaps", "/inbox/knowledge/gaps", "answers"),
    Room("knowledge.faq", "/inbox/knowledge/faq", "faq"),
    Room("overview", "/inbox/overview", "overview"),
    Room("administration.channels", "/inbox/channels", "settings"),
    Room("administration.threshold", "/inbox/threshold", "settings"),
    Room("administration.limits", "/inbox/limits", "settings"),
    Room("administration.trouble", "/inbox/trouble", "dead_letters"),
    Room("administration.operators", "/inbox/operators", "operators"),
    Room("administration.keys", "/inbox/keys", "keys"),
    Room("administration.people", "/inbox/people", "people"),
    Room("administration.audit", "/inbox/audit", "audit"),
)


def open_places(may: May) -> Sequence[Place]:
    """Every place in which there is something for whoever asks."""
    firsts: dict[str, Place] = {}
    for room in ROOMS:
        key = _place_of(room.key)
        if key not in firsts and may(room.area):
            firsts[key] = Place(key, _ICONS[key], room.path)
    return tuple(firsts.values())


def open_rooms(here_is: str, may: May) -> Sequence[Room]:
    """The rooms beside this one that whoever asks may enter."""
    here = _place_of(here_is)
    return [room for room in ROOMS if _place_of(room.key) == here and may(room.area)]


def _place_of(key: str) -> str:
    return key.partition(".")[0]
