"""What a file is by its first bytes, and what it is called when it is saved."""

import pytest

from supportbot.common.attached_files import UNKNOWN_TYPE, media_type_of, name_to_save


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", UNKNOWN_TYPE),
        (b"OggS\x00", "audio/ogg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", UNKNOWN_TYPE),
        (b"<html>\xff\xd8\xff", UNKNOWN_TYPE),
        (b"%PDF-1.7", UNKNOWN_TYPE),
        (b"", UNKNOWN_TYPE),
    ],
)
def test_only_what_the_first_bytes_prove_is_believed(head: bytes, media_type: str) -> None:
    assert media_type_of(head) == media_type


@pytest.mark.parametrize(
    ("kind", "name", "saved"),
    [
        ("document", "invoice.pdf", "invoice.pdf"),
        ("document", "../../etc/passwd", "passwd"),
        ("document", "C:\\temp\\a.exe", "a.exe"),
        ("document", "..", "file"),
        ("document", "", "file"),
        ("photo", "", "photo.jpg"),
        ("voice", " ", "voice.ogg"),
    ],
)
def test_a_name_is_no_path_and_never_nothing(kind: str, name: str, saved: str) -> None:
    assert name_to_save(kind, name) == saved
