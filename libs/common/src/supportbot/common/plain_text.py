"""Text from outside, made fit to be stored and shown."""


def clean_text(text: str) -> str:
    """Text that every store and browser can hold: no NUL, no half characters, one kind of line end, no outer space."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
