"""Files that go with messages: what is said of one, and what its first bytes show it to be."""

from dataclasses import dataclass

NAME_CHARACTERS = 255
FILE_KINDS = ("photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker")
"""What of a message can be opened as a file."""
UNKNOWN_TYPE = "application/octet-stream"
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
_NAMES = {
    "photo": "photo.jpg",
    "voice": "voice.ogg",
    "video": "video.mp4",
    "video_note": "video.mp4",
    "audio": "audio.mp3",
    "animation": "animation.mp4",
    "sticker": "sticker.webp",
}
_WEBP_AT = slice(8, 12)


MOST_SENT_BYTES = 50_000_000
"""As much as a bot may send."""
MOST_PHOTO_BYTES = 10_000_000
PHOTO_TYPES = ("image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class FileAtTelegram:
    """A file as Telegram describes it; nothing of that is known to be true."""

    kind: str
    file_id: str
    name: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """A file that staff send, of which the content is among ours."""

    name: str
    kind: str
    """photo or document."""
    digest: str
    size: int


def kind_of(head: bytes, size: int) -> str:
    """As what a file is sent: pictures as such where Telegram takes them, all else as a document."""
    is_photo = media_type_of(head) in PHOTO_TYPES and size <= MOST_PHOTO_BYTES
    return "photo" if is_photo else "document"


def media_type_of(head: bytes) -> str:
    """What a content is by its first bytes, whatever anybody calls it: a picture or a recording, or nothing known."""
    for beginning, media_type in _BEGINNINGS:
        if head.startswith(beginning):
            return media_type
    if head.startswith(b"RIFF") and head[_WEBP_AT] == b"WEBP":
        return "image/webp"
    return UNKNOWN_TYPE


def name_to_save(kind: str, name: str) -> str:
    """What a file is called in a folder: as whoever sent it called it, without anything that is a path."""
    own = name.replace("\\", "/").rpartition("/")[2].strip(" .")
    return own or _NAMES.get(kind, "file")
