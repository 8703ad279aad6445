"""Changes only of what was read: the version that a program names by `If-Match`."""

from typing import Annotated, Final

from fastapi import Header

from supportbot.admin_api.problems import Problem
from supportbot.common.errors import SupportbotError

ANY: Final = "*"
"""Whatever is there now."""
Match = Annotated[str | None, Header(alias="If-Match", max_length=80, description="`ETag` of what was read, or `*`")]


class ChangedMeanwhileError(SupportbotError):
    """It is not any more what was read."""


def expected_version(if_match: str | None) -> str:
    """The version that has to be there, or ANY. Raises Problem where none is named."""
    if if_match is None:
        raise Problem(428, "no_version")
    return if_match if if_match == ANY else if_match.strip('"')
