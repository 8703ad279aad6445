"""What personal data is recognised by, and that everything comes back as it was."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.answerer.domain import check_digits as check
from supportbot.answerer.domain.masking import Vault

REAL = {
    "EMAIL": ["anna.p+shop@mail.example.com", "иван@почта.рф"],
    "ACCOUNT": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NL91ABNA0417164300"],
    "CARD": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "2200 1234 5678 9019",
             "4111\u00a01111\u00a01111\u00a01111", "4111.1111.1111.1111"],
    "PHONE": ["+7 (916) 123-45-67", "8 916 123 45 67", "+49 30 901820", "89161234567", "+7\u202f916\u00a0123-45-67"],
    "SNILS": ["112-233-445 95"],
    "OGRN": ["1027700132195", "304500116000157"],
    "INN": ["7707083893", "500100732259"],
    "PASSPORT": ["4509 123456", "45 09 123456", "4509 № 123456"],
    "ID": [
        "RSSMRA85T10A562S",  # Italy
        "12345678Z", "X1234567L",  # Spain
        "131052-308T",  # Finland
        "1234567T",  # Ireland
        "1 85 05 78 006 084 91",  # France
        "85.07.30-033.28",  # Belgium
        "44051401359",  # Poland
        "65 929 970 489",  # Germany
        "111222333",  # Netherlands
        "1800101221144",  # Romania
        "37605030299",  # Estonia
    ],
    "VAT": ["DE136695976", "ATU13585627", "NL004495445B01"],
}  # fmt: skip


def test_a_day_with_its_hour_is_no_number_of_anybody() -> None:
    assert Vault().mask("can I come 2026-11-28 14:30?") == "can I come 2026-11-28 14:30?"


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REAL.items() for value in values])
@pytest.mark.parametrize("around", ["My number is {}, thanks", "{}", "Это {}?", "({})"])
def test_personal_data_is_replaced_by_its_kind_and_comes_back(kind: str, value: str, around: str) -> None:
    vault, text = Vault(), around.format(value)
    masked = vault.mask(text)
    assert masked == around.format(f"[{kind}_1]")
    assert vault.restore(masked) == text


@pytest.mark.parametrize(
    "text",
    [
        "Order 12345 of 2024-05-01 costs 1 500,00 ₽",
        "It has 64 GB and 3840x2160 pixels",
        "Call extension 1234 between 09:00 and 18:00",
        "Where is GDPR article 17?",
        "Модель АБВ-1234 и серия 98765",
        "RSSMRA85T10A562X",  # a codice fiscale's form with a wrong letter
        "12345678A",  # a DNI's
        "131052-308U",  # a HETU's
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert Vault().mask(text) == text


def test_the_same_value_has_the_same_name_in_all_texts_of_a_question() -> None:
    vault = Vault()
    assert vault.mask("a@b.example and c@d.example") == "[EMAIL_1] and [EMAIL_2]"
    assert vault.mask("c@d.example again") == "[EMAIL_2] again"


def test_what_looks_like_a_placeholder_already_is_not_taken_for_one() -> None:
    vault, text = Vault(), "[EMAIL_1] is what you call a@b.example, [CARD_9]"
    masked = vault.mask(text)
    assert "a@b" not in masked
    assert vault.restore(masked) == text
    assert vault.without(masked) == "[EMAIL_1] is what you call , [CARD_9]"


@given(st.text(max_size=300))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    vault = Vault()
    assert vault.restore(vault.mask(text)) == text


DIGITS = st.text(string.digits, min_size=24, max_size=24)


def _completed(rule: str, digits: str) -> str:
    """A number with right check digits, found by trying them: the rules under test are not used to make it."""
    length, check_places = {"card": (16, 1), "inn10": (10, 1), "inn12": (12, 2), "snils": (11, 2), "ogrn": (13, 1)}[
        rule
    ]
    body = "4" + digits[1 : length - check_places]
    return body + _last(rule, body)


def _last(rule: str, body: str) -> str:
    numbers = [int(digit) for digit in body]
    if rule == "card":
        total = sum(sum(divmod(n * (2 - place % 2), 10)) for place, n in enumerate(reversed(numbers)))
        return str(-total % 10)
    if rule == "inn10":
        return str(sum(n * w for n, w in zip(numbers, (2, 4, 10, 3, 5, 9, 4, 6, 8), strict=True)) % 11 % 10)
    if rule == "inn12":
        first = sum(n * w for n, w in zip(numbers, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8), strict=True)) % 11 % 10
        weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
        return f"{first}{sum(n * w for n, w in zip([*numbers, first], weights, strict=True)) % 11 % 10}"
    if rule == "snils":
        return f"{sum(n * (9 - place) for place, n in enumerate(numbers)) % 101 % 100:02}"
    return str(int(body) % 11 % 10)


@given(digits=DIGITS, rule=st.sampled_from(["card", "inn10", "inn12", "snils", "ogrn"]))
def test_every_number_with_right_check_digits_is_hidden_and_restored(digits: str, rule: str) -> None:
    vault, value = Vault(), _completed(rule, digits)
    masked = vault.mask(f"№ {value}.")
    assert value not in masked
    assert vault.restore(masked) == f"№ {value}."


@given(digits=DIGITS, rule=st.sampled_from(["card", "inn10", "inn12", "snils", "ogrn"]), change=st.integers(1, 9))
def test_one_wrong_check_digit_is_seen(digits: str, rule: str, change: int) -> None:
    holds = {"card": check.luhn, "inn10": check.inn, "inn12": check.inn, "snils": check.snils, "ogrn": check.ogrn}[rule]
    value = _completed(rule, digits)
    assert holds(value)
    assert not holds(value[:-1] + str((int(value[-1]) + change) % 10))


@given(number=st.integers(1, 10**18 - 1), country=st.sampled_from(["DE", "FR", "EE"]))
def test_an_account_with_right_check_digits_is_hidden(number: int, country: str) -> None:
    body = f"{number:018}"
    value = f"{country}{98 - int(''.join(str(int(c, 36)) for c in body + country + '00')) % 97:02}{body}"
    assert check.iban(value)
    assert Vault().mask(value) == "[ACCOUNT_1]"
    spaced = " ".join(value[at : at + 4] for at in range(0, len(value), 4))
    assert Vault().mask(spaced) == "[ACCOUNT_1]"


def test_masking_a_long_text_does_not_take_long() -> None:
    chance = random.Random(1)
    text = "".join(chance.choices(string.digits + " -()+.@ab", k=20_000))
    vault = Vault()
    assert vault.restore(vault.mask(text)) == text
