"""What a backup says of itself, as the first file in it."""

import re
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from supportbot.common.database.schema.migrating import SchemaTooNewError, revisions
from supportbot.standalone.backup.errors import BadArchiveError

FORMAT: Final = 1
NAME: Final = "manifest.json"
PARTS: Final = ("configuration", "database", "documents", "files")
_LONGEST_NAME = 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _safe_name(name: str) -> str:
    """A file below one of the parts, whatever system unpacks it."""
    parts = name.split("/")
    wrong = any(part in {"", ".", ".."} for part in parts) or "\0" in name or len(name) > _LONGEST_NAME
    if wrong or len(parts) < 2 or parts[0] not in PARTS:  # noqa: PLR2004  # a part and a file in it
        raise ValueError("is not the name of a file that a backup can hold")
    return name


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError("is not a SHA-256")
    return text


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FileEntry(_Frozen):
    """A file of the archive."""

    bytes: int = Field(ge=0)
    sha256: Annotated[str, AfterValidator(_digest)]


class Manifest(_Frozen):
    """Everything that has to be known before a backup is unpacked."""

    format: Literal[1] = FORMAT
    product: str
    made_at: AwareDatetime
    database: Literal["sqlite", "postgresql"]
    revision: str
    rows: dict[str, Annotated[int, Field(ge=0)]]
    vectors: str
    secrets: Literal["encrypted", "left out"]
    files: dict[Annotated[str, AfterValidator(_safe_name)], FileEntry]

    @property
    def total_bytes(self) -> int:
        """What it needs when it is unpacked."""
        return sum(entry.bytes for entry in self.files.values())


class _Head(BaseModel):
    """What every format, a later one too, begins with."""

    format: int
    product: str = ""
    made_at: datetime | None = None


def read_manifest(text: bytes) -> Manifest:
    """The manifest in an archive's first file.

    Raises:
        BadArchiveError: it is none, or of a newer version of the product.
    """
    try:
        head = _Head.model_validate_json(text)
        if head.format > FORMAT:
            raise BadArchiveError(
                f"The backup is of a newer version of the product ({head.product or head.format}) than this one; "
                "restore it with that version"
            )
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadArchiveError(f"The file is no backup of this product: its manifest is wrong ({place})") from None
    if manifest.revision not in revisions():
        raise BadArchiveError(f"The backup cannot be restored by this version. {SchemaTooNewError(manifest.revision)}")
    return manifest
