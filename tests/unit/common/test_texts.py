"""The catalogue: both languages say the same things, with the same placeholders and all plural forms."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from supportbot.common.i18n import LANGUAGES, UnknownTextError, keys, translate

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"\btranslate\(\s*[\"']([a-z_]+\.[a-z_.]+)[\"']")
NAMES = {"Telegram"}
LOCALES = ROOT / "libs/common/src/supportbot/common/locales"


def _messages(language: str) -> dict[str, Message]:
    with (LOCALES / language / "LC_MESSAGES" / "supportbot.po").open("rb") as file:
        text = file.read().decode()
        file.seek(0)
        catalogue = read_po(file, locale=language, abort_invalid=True)
    found = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            assert text.count(f'\nmsgid "{key}"\n') == 1, f"{key} stands twice"
            found[key] = message
    return found


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert set(_messages("en")) == set(_messages("ru"))
    assert keys("en") == keys("ru") != set()


def test_every_text_has_words_and_no_surrounding_spaces() -> None:
    for language in LANGUAGES:
        for key, message in _messages(language).items():
            for form in _forms(message):
                assert form, f"{key} is empty in {language}"
                assert form == form.strip(), f"{key} in {language}"


def test_a_text_has_the_same_placeholders_in_both_languages() -> None:
    english, russian = _messages("en"), _messages("ru")
    for key, message in english.items():
        used = {
            language: set().union(*map(_placeholders, _forms(m)))
            for language, m in (("en", message), ("ru", russian[key]))
        }
        assert used["en"] == used["ru"], key


def test_a_text_that_counts_has_all_forms_of_its_language() -> None:
    english, russian = _messages("en"), _messages("ru")
    counting = [key for key, message in english.items() if message.pluralizable]
    assert counting == [key for key, message in russian.items() if message.pluralizable]
    for key in counting:
        assert len(_forms(english[key])) == 2, key
        assert len(_forms(russian[key])) == 3, key


def test_russian_texts_are_russian() -> None:
    for key, message in _messages("ru").items():
        words = re.sub(r"\{[^}]*\}", "", " ".join(_forms(message)))
        assert set(re.findall(r"[A-Za-z]{4,}", words)) <= NAMES or re.search(r"[А-Яа-яЁё]", words), key


def test_every_text_that_the_code_names_exists() -> None:
    sources = [*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("libs/*/src/**/*.py")]
    named = {key for path in sources for key in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 15
    assert {key for key in named if not key.endswith(".")} - keys("en") == set()


def test_an_unknown_key_is_an_error_and_an_unknown_language_is_english() -> None:
    with pytest.raises(UnknownTextError):
        translate("no.such_text", "en")
    assert translate("chat.placeholder", "de") == translate("chat.placeholder", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_in(language: str) -> None:
    for key, message in _messages(language).items():
        names = set().union(*map(_placeholders, _forms(message))) | {"n"}
        values = dict.fromkeys(names, 5 if message.pluralizable else "x")
        assert translate(key, language, **values)
