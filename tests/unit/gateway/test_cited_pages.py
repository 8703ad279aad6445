"""A citation of a document with pages names the page, in the chat and in Telegram, in the reader's language."""

from typing import Any

from supportbot.gateway.adapters.web_entries import sources_of
from supportbot.gateway.domain.acts import TelegramMessage
from supportbot.gateway.domain.messages import Letter, act_of
from supportbot.gateway.domain.sources import cited_places


def cited(page: Any, heading: str = "Courier") -> dict[str, Any]:
    return {"document": "manual.pdf", "title": "Manual", "quote": "Two days.", "headings": [heading], "page": page}


def message(language: str) -> str:
    details = {"kind": "answer", "language": language, "citations": [cited(12)], "confidence": 0.9}
    act = act_of(Letter("k:1:0", "machine", "", "Two days.", details, is_repeat=False, is_last=True))
    assert isinstance(act, TelegramMessage)
    return act.plain


def test_a_message_in_telegram_names_the_page_of_each_source() -> None:
    assert "Manual, p. 12 › Courier" in message("en")
    assert "Manual, с. 12 › Courier" in message("ru")


def test_two_pages_under_one_heading_are_two_sources() -> None:
    details = {"citations": [cited(12), cited(13), cited(13)]}
    assert [source.page for source in sources_of(details)] == [12, 13]
    named = [place.named("en") for place in cited_places(details)]
    assert named == ["Manual, p. 12 › Courier", "Manual, p. 13 › Courier"]


def test_a_document_without_pages_names_none() -> None:
    for page in (0, None, "7", -1):
        assert [place.named("en") for place in cited_places({"citations": [cited(page)]})] == ["Manual › Courier"]
        assert [source.page for source in sources_of({"citations": [cited(page)]})] == [0]
