"""Numbers of a workbook as its reader sees them: per cent, money, dates and times of day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_BUILT_IN: Final = {
    **dict.fromkeys((9,), "0%"),
    10: "0.00%",
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 46, 47), "hh:mm"),
    22: "yyyy-mm-dd hh:mm",
}
"""By ECMA-376, 18.8.30; those that change nothing of a number are left out."""
_QUOTED: Final = re.compile(r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|\\(.)')
_COLOUR: Final = re.compile(r"\[[^\]]*\]")
_DIGITS: Final = re.compile(r"[#0?][#0?., ]*")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  # a workbook's times have no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_DAY: Final = 2_958_466
_PRECISION: Final = 12
"""Figures: beyond those, computing leaves its traces, as in 0.30000000000000004."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What stands around a number, and what it means."""

    percent: bool = False
    date: bool = False
    time: bool = False
    before: str = ""
    after: str = ""

    def shown(self, number: float, *, from_1904: bool = False) -> str:
        """The number as text; a date as ISO 8601 has it."""
        if (self.date or self.time) and 0 <= number < _LAST_DAY:
            return self._moment(number, _EPOCH_1904 if from_1904 else _EPOCH)
        if self.percent:
            return f"{_plain(number * 100)}%"
        return f"{self.before}{_plain(number)}{self.after}"

    def _moment(self, number: float, epoch: datetime) -> str:
        moment = epoch + timedelta(seconds=round(number * 86_400))
        if not self.date and number < 1:
            return f"{moment:%H:%M}" if not moment.second else f"{moment:%H:%M:%S}"
        has_time = self.time and (moment.hour or moment.minute or moment.second)
        return f"{moment:%Y-%m-%d %H:%M}" if has_time else f"{moment:%Y-%m-%d}"


def formats_of(styles: Any) -> list[NumberFormat]:
    """The format of each style of a workbook, by its number."""
    if styles is None:
        return []
    codes = {**_BUILT_IN}
    for one in styles.iter(f"{_MAIN}numFmt"):
        codes[_number(one.attrib, "numFmtId")] = str(one.get("formatCode") or "")
    cells = styles.find(f"{_MAIN}cellXfs")
    return [_format(codes.get(_number(one.attrib, "numFmtId"), "")) for one in (() if cells is None else cells)]


def _format(code: str) -> NumberFormat:
    first = code.split(";", maxsplit=1)[0]
    bare = _COLOUR.sub("", _QUOTED.sub("", first)).lower()
    if "general" in bare or "@" in bare:
        return NumberFormat()
    if "%" in bare:
        return NumberFormat(percent=True)
    date, time = any(sign in bare for sign in "yd"), any(sign in bare for sign in "hs")
    if date or time:
        return NumberFormat(date=date, time=time)
    if "mmm" in bare:
        return NumberFormat(date=True)
    written = _COLOUR.sub("", _QUOTED.sub(lambda found: found[1] or found[2] or found[3] or "", first))
    digits = _DIGITS.search(written)
    if digits is None:
        return NumberFormat()
    before, after = written[: digits.start()], written[digits.end() :]
    return NumberFormat(before=_around(before, before=True), after=_around(after, before=False))


def _around(text: str, *, before: bool) -> str:
    """A unit or a currency, without what only aligns it."""
    said = " ".join(re.sub(r"[_*].|[()\\-]", "", text).split())
    if not any(sign.isalpha() or sign in "$€£₽¥₸₴₾%°" for sign in said):
        return ""
    return f"{said}" if before else f" {said}"


def _plain(number: float) -> str:
    return f"{number:.0f}" if number == int(number) and abs(number) < 10**15 else f"{number:.{_PRECISION}g}"


def _number(attributes: Mapping[str, str], name: str) -> int:
    said = str(attributes.get(name, ""))
    return int(said) if said.isdecimal() else 0
