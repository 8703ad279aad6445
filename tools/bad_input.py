"""Write docs/bad-input.md: what strangers may send and what the product answers, out of the tests that send it.

Usage: .venv/bin/python -m tools.bad_input
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bad_input import test_requests, test_telegram_messages, test_telegram_webhook, test_uploads

PATH = Path(__file__).parents[1] / "docs" / "bad-input.md"
_HEAD = """\
# Bad input, and what becomes of it

What is sent to a running product by `tests/bad_input`, over the wire, and what has to come of it. After each of
these somebody else asks or uploads something sound, and is served. An update that is “kept aside” is in the table
`quarantine` with the reason, and is acknowledged: otherwise Telegram would send it for ever.

Made from the tests by `python -m tools.bad_input`.
"""
_CUT_OFF = "the connection ends; nothing is stored"
Row = tuple[str, str]


def sections() -> Iterator[tuple[str, Iterable[Row]]]:
    """Every table's title and rows."""
    hook, chat, files, web = test_telegram_webhook, test_telegram_messages, test_uploads, test_requests
    unreadable = ((name, f"200; kept aside once: “{reason}”") for name, (_, reason) in hook.UNREADABLE.items())
    yield "An update at the webhook", unreadable
    yield "The length of an update", ((name, _status(status)) for name, (_, status) in hook.LENGTHS.items())
    yield "The text of a message, by webhook and polling", ((name, "a reply like any other") for name in chat.TEXTS)
    refused = ((name, f"{status} `{code}`") for name, (_, _, status, code) in files.REFUSED.items())
    yield "An upload that cannot be a document", refused
    failed = ((name, f"202, then state `failed`: “… {reason} …”") for name, (_, _, reason) in files.FAILED.items())
    yield "A document unlike its ending", failed
    yield "A hostile document", ((name, "202, then `live`: it is text and no more") for name in files.HOSTILE)
    yield "The length of an upload", ((name, _status(status)) for name, (_, status) in files.LENGTHS.items())
    yield "A message in the web chat", ((name, "422 `empty`") for name in web.BODIES)


def render() -> str:
    """The document."""
    parts = [_HEAD]
    for title, rows in sections():
        parts.append(f"\n## {title}\n\n| what is sent | what comes of it |\n|---|---|\n")
        parts += [f"| {sent} | {answer} |\n" for sent, answer in rows]
    return "".join(parts)


def _status(status: int) -> str:
    return f"{status}; nothing is stored" if status else _CUT_OFF


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    print(f"{PATH.relative_to(PATH.parents[1])} written")
