"""parse_mode=MarkdownV2."""

from typing import Any

from tests.fakes.telegram.errors import bad_request

Entity = dict[str, Any]


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of a MarkdownV2 message."""
    raise bad_request("unsupported parse_mode")
