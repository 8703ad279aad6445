"""The numbers at the top of the overview, each against the span before, in the reader's language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.admin_api.overview.figures import Figures
from supportbot.common.i18n import translate

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_SECONDS_WITH_TENTHS: Final = 10
_Value = Callable[[Figures], float | None]


@dataclass(frozen=True, slots=True)
class Tile:
    """One number, what it was before, and whether it has become better; empty where nobody can tell."""

    key: str
    value: str
    before: str
    change: str
    """better, worse, or empty."""


def tiles(now: Figures, before: Figures, language: str) -> Sequence[Tile]:
    """All of them, in the order in which they are read."""
    return [_tile(kind, now, before, language) for kind in _TILES]


def tiles_with_counts(now: Figures, before: Figures, language: str) -> Sequence[Tile]:
    """The same for where there is no chart beside them: how many were answered and handed over, too."""
    return [_tile(kind, now, before, language) for kind in (_TILES[0], *_COUNTS, *_TILES[1:])]


def _tile(kind: "_Kind", now: Figures, before: Figures, language: str) -> Tile:
    key, value, shown, more_is_better = kind
    is_now, was = value(now), value(before)
    change = ""
    if is_now is not None and was is not None and is_now != was and more_is_better is not None:
        change = "better" if (is_now > was) == more_is_better else "worse"
    return Tile(key, shown(is_now, language), shown(was, language), change)


def _count(value: float | None, language: str) -> str:
    text = f"{int(value or 0):,}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}") if language == "ru" else text


def _share(value: float | None, language: str) -> str:  # noqa: ARG001  # all are called alike
    return "–" if value is None else f"{value:.0%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")


def _stars(value: float | None, language: str) -> str:
    return "–" if value is None else _decimal(f"{value:.1f}", language)


def _money(value: float | None, language: str) -> str:
    return _decimal(f"{value or 0:.2f}", language)


def _duration(value: float | None, language: str) -> str:
    if value is None:
        return "–"
    if value < _MINUTE_S:
        number = f"{value:.1f}" if value < _SECONDS_WITH_TENTHS else f"{value:.0f}"
        return translate("overview.seconds", language, number=_decimal(number, language))
    if value < _HOUR_S:
        return translate("overview.minutes", language, number=round(value / _MINUTE_S))
    if value < 2 * _DAY_S:
        return translate("overview.hours", language, number=_decimal(f"{value / _HOUR_S:.1f}", language))
    return translate("overview.days", language, number=round(value / _DAY_S))


def _decimal(text: str, language: str) -> str:
    return text.replace(".", ",") if language == "ru" else text


def _share_of(part: Callable[[Figures], int], whole: Callable[[Figures], int]) -> _Value:
    return lambda figures: part(figures) / whole(figures) if whole(figures) else None


_Shown = Callable[[float | None, str], str]
_Kind = tuple[str, _Value, _Shown, bool | None]
_COUNTS: Final[Sequence[_Kind]] = (
    ("live.answered", lambda one: one.total.answered, _count, None),
    ("live.escalated", lambda one: one.total.escalated, _count, None),
)
_TILES: Final[Sequence[_Kind]] = (
    ("questions", lambda one: one.total.answered + one.total.escalated, _count, None),
    ("answered", _share_of(lambda o: o.total.answered, lambda o: o.total.answered + o.total.escalated), _share, True),
    ("wrong", _share_of(lambda o: o.total.wrong, lambda o: o.total.wrong + o.total.helpful), _share, False),
    ("rating", lambda one: one.total.rating, _stars, True),
    ("machine", lambda one: one.waits.machine, _duration, False),
    ("person", lambda one: one.waits.person, _duration, False),
    ("resolution", lambda one: one.waits.resolution, _duration, False),
    ("cost", lambda one: one.total.money, _money, None),
)
