"""Who may find a document, as its page's form has it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from pydantic import ValidationError

from supportbot.admin_api.documents.access import DocumentChange
from supportbot.common.database.document_access import Wanted
from supportbot.common.errors import SupportbotError

_REVISION: Final = re.compile(r"[0-9]{1,9}")


class UnfitAccessError(SupportbotError):
    """A field that cannot be read."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be what was given")
        self.field = field


def wanted_of(fields: Mapping[str, str]) -> Wanted:
    """What is to hold from now on, decided over the revision that the form came with. Raises UnfitAccessError."""
    revision = fields.get("revision", "")
    if not _REVISION.fullmatch(revision):
        raise UnfitAccessError("revision")
    given: dict[str, Any] = {
        "audience": fields.get("audience", "public"),
        "tags": [tag.strip() for tag in fields.get("tags", "").split(",") if tag.strip()],
        "language": fields.get("language") or None,
        "expires_at": _end_of_day(fields.get("expires_on", "")),
    }
    try:
        return DocumentChange(**given).wanted(int(revision))
    except ValidationError as error:
        raise UnfitAccessError(str(error.errors()[0]["loc"][0])) from error


def _end_of_day(given: str) -> datetime | None:
    """Until that day is over, in UTC; None where there is no day."""
    if not given:
        return None
    try:
        return datetime.combine(date.fromisoformat(given), time(23, 59, 59), UTC)
    except ValueError as error:
        raise UnfitAccessError("expires_at") from error
