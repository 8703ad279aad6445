"""Who may find a document, until when, its language and tags: what programs may set, and how it is set."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.documents.examples import CHANGE
from supportbot.common.database.document_access import Wanted, change_access
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId

APPLIED_WITHIN_S: Final = 3.0
_LOOK_S: Final = 0.05
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_QUOTED: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"')
Audience = Literal["public", "operators"]
SpokenLanguage = Literal["ru", "en"]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Tags = Annotated[list[Tag], Field(max_length=32, description="What it is filed under; not searched")]


def _within_reach(moment: object) -> object:
    """Databases have their limits."""
    if isinstance(moment, datetime) and moment.tzinfo and not _EARLIEST <= moment <= _LATEST:
        raise ValueError("out of reach")
    return moment


Expiry = Annotated[AwareDatetime, BeforeValidator(_within_reach), Field(ge=_EARLIEST, le=_LATEST)]


class DocumentChange(BaseModel):
    """What is to be another; what is not named stays. `null` takes a language or a date away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CHANGE]})

    audience: Audience = Field("public", description="`operators`: no answer is made from it; only operators see it")
    tags: Tags = Field([])
    language: SpokenLanguage | None = Field(None, description="Of its passages; null: found out passage by passage")
    expires_at: Expiry | None = Field(None, description="From when on it is not found; with its time zone")

    def wanted(self, revision: int | None) -> Wanted:
        """As it is stored."""
        given = self.model_dump(include=self.model_fields_set)
        return Wanted(stored(given), revision)


class UploadQuery(BaseModel):
    """What may be said of a document beside its content."""

    name: str | None = Field(None, description="The document's name; in a form, the file's own name will do")
    audience: Audience | None = Field(None, description="`operators`: no answer is made from it")
    tag: list[Tag] | None = Field(None, max_length=32, description="What it is filed under; once for each")
    language: SpokenLanguage | None = Field(None, description="Of its passages, where it shall not be found out")
    expires_at: Expiry | None = Field(None, description="From when on it is not found; with its time zone")

    @property
    def access(self) -> dict[str, Any]:
        """As it is stored; only what was given."""
        given = {"audience": self.audience, "tags": self.tag, "language": self.language, "expires_at": self.expires_at}
        return stored({name: value for name, value in given.items() if value is not None})


def stored(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names of their columns."""
    values = {"language_given" if name == "language" else name: value for name, value in given.items()}
    if "tags" in values:
        values["tags"] = list(dict.fromkeys(values["tags"])) or None
    return values


def revision_in(header: str) -> int | None:
    """The revision that an If-Match names; None for `*`. Raises ValueError where it names none of ours."""
    if header.strip() == "*":
        return None
    match = _QUOTED.fullmatch(header.strip())
    if match is None:
        raise ValueError(header)
    return int(match[1])


@dataclass(frozen=True, slots=True)
class AccessStore:
    """Sets what people want."""

    database: Database

    async def change(self, document_id: str, wanted: Wanted, actor: Actor) -> bool:
        """Set it, and wait a moment for the index to follow. False where there is no such document.

        Raises:
            ChangedMeanwhileError: it is of another revision.
        """
        document = DocumentId(document_id)

        async def work(tx: Transaction) -> bool:
            there = await change_access(tx, document, wanted)
            if there:
                await note(tx, actor, "document_changed", document, {"changed": ", ".join(sorted(wanted.values))})
            return there

        if not await self.database.write(work):
            return False
        try:
            async with asyncio.timeout(APPLIED_WITHIN_S):
                while await self.database.read(lambda connection: _is_due(connection, document)):  # noqa: ASYNC110  # whoever indexes may be another process
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            return True  # the document says that it is not applied yet
        return True


async def _is_due(connection: AsyncConnection, document: DocumentId) -> bool:
    found = await connection.execute(select(documents.c.access_due).where(documents.c.id == document))
    return bool(found.scalar_one_or_none())
