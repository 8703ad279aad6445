"""A title for a document that has none: made from its file name."""

from pathlib import PurePosixPath

from supportbot.common.files.kinds import UPLOADS

_NAMELESS = {"index", "readme", "default", "main"}


def title_from_path(path: str) -> str:
    """`guide/delivery-and_payment.md` → `Delivery and payment`; `delivery/index.md` is named by its folder."""
    parts = PurePosixPath(path.removeprefix(UPLOADS))
    name = parts.stem
    if name.casefold() in _NAMELESS and parts.parent.name:
        name = parts.parent.name
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:] or path
