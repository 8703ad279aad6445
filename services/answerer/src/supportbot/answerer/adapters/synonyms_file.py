"""The company's own list of related words: a text file that is read again when somebody has changed it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from supportbot.answerer.domain.related_words import RelatedWords, related_words, shipped_list
from supportbot.common.telemetry.logging import logger

LOOK_EVERY_S: Final = 2.0
LARGEST: Final = 1 << 20
"""Bytes; some 30,000 groups. A larger file was put there by mistake."""
Stamp = tuple[int, int]
_log = logger(__name__)


class SynonymsFile:
    """The shipped list together with a file's; a file that is not there or cannot be read changes nothing."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._look_at = clock()
        self._stamp: Stamp | None = None
        self._words: RelatedWords | None = None

    def __call__(self) -> RelatedWords:
        """The words as the file has them now, give or take two seconds."""
        if self._words is None or self._clock() >= self._look_at:
            self._look_at = self._clock() + LOOK_EVERY_S
            self._read()
        return self._words or related_words()

    def _read(self) -> None:
        try:
            stamp = self._stamped()
            if self._words is None or stamp != self._stamp:
                self._words = related_words() if stamp is None else self._parsed(stamp)
                self._stamp = stamp
        except (OSError, ValueError) as error:
            _log.warning("The list of synonyms %s cannot be read and is left as it was: %s", self._file, error)

    def _stamped(self) -> Stamp | None:
        """When it was written and how long it is; None where there is no such file."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size

    def _parsed(self, stamp: Stamp) -> RelatedWords:
        if stamp[1] > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        return RelatedWords.parse(shipped_list(), self._file.read_text(encoding="utf-8-sig"))
