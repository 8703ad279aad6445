"""The setting that all share who take documents in."""

from pydantic import Field

from supportbot.common.settings import ByteSize, CommonSettings

_LARGEST = 100 * 1024**2


class UploadSettings(CommonSettings):
    """How large a document may be."""

    upload_limit: ByteSize = Field(
        10 * 1024**2, gt=0, le=_LARGEST, description="Size of the largest document, in bytes or as 10MB"
    )
