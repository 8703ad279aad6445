"""A model's reply while it is being written: what of its JSON is whole already."""

import json
import re
from typing import Final

from pydantic import ValidationError

from supportbot.answerer.domain.model_replies import ComposedSentence, read_sentence

_ANSWERABLE: Final = re.compile(r'\A\s*\{[^\[]*"answerable"\s*:\s*true')
_COMPLETE: Final = re.compile(r'"complete"\s*:\s*(true|false)')
_SENTENCES: Final = re.compile(r'"sentences"\s*:\s*\[')
_BETWEEN: Final = re.compile(r"[\s,]*")
_decoder: Final = json.JSONDecoder()


class GrowingReply:
    """Reads a growing text; sentences come out one by one, each once, when they are whole."""

    def __init__(self) -> None:
        self._at = 0
        self._dead = False
        self.complete = True
        """Whether the model says that the passages answer all of the question."""

    def read(self, text: str) -> list[ComposedSentence]:
        """What became whole since the last call. Nothing where the reply is not of the agreed form, or says no."""
        if self._dead or (not self._at and not self._begins(text)):
            return []
        found: list[ComposedSentence] = []
        while not self._dead:
            start = _BETWEEN.match(text, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
            if start >= len(text) or text[start] == "]":
                break
            try:
                value, self._at = _decoder.raw_decode(text, start)
                found += read_sentence(value)
            except (ValidationError, RecursionError):
                self._dead = True
            except ValueError:  # not whole yet
                break
        return found

    def _begins(self, text: str) -> bool:
        opened = _SENTENCES.search(text)
        if opened is None or _ANSWERABLE.match(text) is None:
            return False
        said = _COMPLETE.search(text, 0, opened.start())
        self.complete = said is None or said[1] == "true"
        self._at = opened.end()
        return True
