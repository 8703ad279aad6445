"""Personal data in what people write."""

import pytest

from supportbot.answerer.domain.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to anna.k+shop@mail.example.com, please", "Write to [email], please"),
        ("Карта 4111 1111 1111 1111 не проходит", "Карта [card] не проходит"),
        ("card 4111-1111-1111-1111.", "card [card]."),
        ("Позвоните +7 (495) 123-45-67 вечером", "Позвоните [number] вечером"),
        ("8 800 555 35 35", "[number]"),
        ("IBAN DE89 3704 0044 0532 0130 00 ok", "IBAN [account] ok"),
        ("passport 4509 123456", "passport [number]"),
    ],
)
def test_what_identifies_a_person_is_replaced(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Order 48213 from 01.05.2026 for 12,500 ₽, 3 items",
        "Between 10:00 and 21:00, within 30 days",
        "1 200 000 ₽ in 2026",
        "Meet me @home",
    ],
)
def test_what_a_question_needs_stays(text: str) -> None:
    assert mask(text) == text
