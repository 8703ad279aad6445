"""The sample help centre that ships with the product: where it lies, and what to ask it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

SAMPLE_COMPANY = {"en": "North House", "ru": "Северный дом"}
"""The invented shop whose help centre the sample is."""
_FOLDER = Path(__file__).parent / "sample"


def sample_folder() -> Path:
    """The folder of articles; those in `en` and `ru` are documents."""
    return _FOLDER


def sample_starters() -> Mapping[str, Sequence[str]]:
    """By language, the questions that somebody new may tap."""
    found: dict[str, list[str]] = json.loads((_FOLDER / "starters.json").read_text(encoding="utf-8"))
    return found
