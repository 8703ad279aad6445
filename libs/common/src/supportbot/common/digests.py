"""What is stored of a text that need only be recognised when it comes again."""

from hashlib import sha256


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal digits. Plain: not for passwords, which can be guessed."""
    return sha256(text.encode(errors="replace")).hexdigest()
