"""Settings of the answerer: what is refused, and that no secret is ever repeated."""

from typing import Any

import pytest

from supportbot.answerer.settings import AnswererSettings
from supportbot.common.settings import SettingsError, load_settings


def load(**values: Any) -> AnswererSettings:
    return load_settings(AnswererSettings, _env_file=None, **values)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in AnswererSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_key_there_is_no_model() -> None:
    assert not load().has_model
    assert load(openai_api_key="sk-1").has_model


@pytest.mark.parametrize("key", ["sk-secret\n", "sk-secret\r\nX-Other: 1", "sk secret", "ключ-secret", "sk-secret\x00"])
def test_a_key_that_does_not_fit_a_header_is_refused_by_name_only(key: str) -> None:
    with pytest.raises(SettingsError) as found:
        load(openai_api_key=key)
    assert "OPENAI_API_KEY" in str(found.value)
    assert "secret" not in str(found.value)
    assert "secret" not in repr(found.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confidence_threshold", 1.5),
        ("confidence_threshold", -0.1),
        ("model_timeout", 0),
        ("model_retries", -1),
        ("model_concurrency", 0),
        ("model_daily_budget", -5),
        ("answer_concurrency", 0),
        ("rerank", "sometimes"),
        ("openai_model", ""),
        ("openai_api_base", "api.openai.com"),
        ("openai_api_version", "2024-10-21"),
    ],
)
def test_what_cannot_work_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsError) as found:
        load(**{name: value})
    named = "OPENAI_API_BASE" if name == "openai_api_version" else name.upper()
    assert named in str(found.value)


def test_every_field_says_what_it_is_for() -> None:
    assert all(field.description for field in AnswererSettings.model_fields.values())


def test_printing_the_settings_shows_no_key() -> None:
    assert "sk-1234" not in repr(load(openai_api_key="sk-1234"))
