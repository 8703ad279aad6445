"""From a submitted text to what the reader sees: parsing, trimming, length."""

import json
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram.entities import given_entities
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.html_mode import parse_html
from tests.fakes.telegram.markdown_mode import parse_markdown_v2
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.utf16 import units

MAX_TEXT = 4096
MAX_CAPTION = 1024

Entity = dict[str, Any]


@dataclass(frozen=True)
class Formatted:
    """A text with its entities, as stored."""

    text: str
    entities: tuple[Entity, ...]
    source: str


def formatted_text(params: Params) -> Formatted:
    """The text of a call; refuses empty and too long ones."""
    found = _formatted(params, "text", "entities")
    if not found.text:
        raise bad_request("message text is empty")
    if units(found.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return found


def formatted_draft(params: Params) -> Formatted:
    """The text of a draft, perhaps empty."""
    found = _formatted(params, "text", "entities")
    if units(found.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return found


def formatted_caption(params: Params) -> Formatted:
    """The caption of a call, perhaps empty."""
    found = _formatted(params, "caption", "caption_entities")
    if units(found.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return found


def _formatted(params: Params, name: str, entities_name: str) -> Formatted:
    source = params.text(name)
    if "\0" in source:
        raise bad_request("strings must be encoded in UTF-8")
    mode = params.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode == "markdownv2":
        text, entities = parse_markdown_v2(source)
    elif mode in {"", "none"}:
        text, entities = source, given_entities(params.parsed(entities_name, "MessageEntity"), source)
    else:
        raise bad_request("unsupported parse_mode")
    text, entities = trimmed(text, outside_code(entities))
    return Formatted(text, tuple(entities), source)


def outside_code(entities: list[Entity]) -> list[Entity]:
    """Code holds no other entities: what overlaps it is cut, what lies in it is dropped."""
    codes = [entity for entity in entities if entity["type"] in {"code", "pre"}]
    kept = list(codes)
    for entity in entities:
        if entity["type"] in {"blockquote", "expandable_blockquote"}:
            kept.append(entity)
        elif entity["type"] not in {"code", "pre"}:
            kept.extend(entity | {"offset": start, "length": end - start} for start, end in _free(entity, codes))
    return kept


def _free(entity: Entity, codes: list[Entity]) -> list[tuple[int, int]]:
    """The parts of an entity that no code covers."""
    parts = [(entity["offset"], entity["offset"] + entity["length"])]
    for code in codes:
        begin, finish = code["offset"], code["offset"] + code["length"]
        parts = [
            piece
            for start, end in parts
            for piece in ((start, min(end, begin)), (max(start, finish), end))
            if piece[0] < piece[1]
        ]
    return parts


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at both ends; entities move along or vanish."""
    text = text.replace("\r", "")
    body = text.rstrip()
    lead = units(body) - units(body.lstrip())
    length = units(body) - lead
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, length)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return body.lstrip(), merged(kept)


def merged(entities: list[Entity]) -> list[Entity]:
    """In the order of the Bot API, without exact repeats."""
    ordered = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"], entity["type"]))
    unique: dict[str, Entity] = {}
    for entity in ordered:
        unique.setdefault(json.dumps(entity, sort_keys=True), entity)
    return list(unique.values())
