"""Settings that no process may start with: each is named, whatever else is wrong, and no value is shown."""

import importlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from supportbot.common.settings import CommonSettings, SettingsError, load_settings
from supportbot.common.settings_checks import looks_like_an_example
from supportbot.standalone.settings import StandaloneSettings

TOKEN = "123456789:AAE_made-up-token-for-tests-0123456789"
GOOD_KEY = "b6Jq0T3mZk9WcV1xNf8sRy2Hd7LpGu4E"
OIDC = {
    "OIDC_ISSUER": "https://id.example.com/realm",
    "OIDC_CLIENT_ID": "inbox",
    "OIDC_CLIENT_SECRET": "a-made-up-secret",
    "OIDC_REDIRECT_URL": "https://support.example.com/inbox/sign-in/oidc/callback",
}
SERVICES = ("admin_api", "answerer", "gateway", "indexer")
MAY_BE_NEGATIVE = {"admin_chat_id", "db_pool_recycle"}
MAY_BE_ZERO = {
    *MAY_BE_NEGATIVE,
    "web_port",  # takes a free one
    "db_max_overflow",
    "burst_window",
    "confidence_threshold",
    "model_retries",
    "embedding_dimensions",  # as the model does
    "remind_after",  # never
    "hand_back_after",  # never
    "model_daily_budget",  # no limit
    "model_daily_cost",  # no limit
    "model_user_daily_tokens",  # no limit
    "model_user_daily_cost",  # no limit
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, and an environment without our names."""
    monkeypatch.chdir(tmp_path)
    for name in (*StandaloneSettings.model_fields, "debug", "cors_origins"):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def of_process(service: str) -> type[CommonSettings]:
    """The settings that `python -m supportbot.<service>` loads."""
    if service == "standalone":
        return StandaloneSettings
    module = importlib.import_module(f"supportbot.{service}.__main__")
    found: type[CommonSettings] = module.Settings
    return found


def problems(service: str, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> dict[str, str]:
    """What is said by name when a process starts with these settings; fails where it starts, or says more than once."""
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(of_process(service))
    said = dict(problem.split(": ", 1) for problem in caught.value.problems)
    assert len(said) == len(caught.value.problems)
    secrets = [value for name, value in wrong.items() if len(value) > 5 and name not in {"ENVIRONMENT", "RUN_MODE"}]
    assert not [value for value in secrets if value in str(caught.value)]
    return said


REFUSED: dict[str, tuple[str, dict[str, str], str]] = {
    "no PostgreSQL beside other processes": ("gateway", {}, "DB_HOST"),
    "an index of its own beside other processes": ("answerer", {"DB_HOST": "db"}, "QDRANT_URL"),
    "an index that only the indexer has": ("indexer", {"DB_HOST": "db"}, "QDRANT_URL"),
    "no password in production": ("gateway", {"ENVIRONMENT": "production", "DB_HOST": "db"}, "DB_PASSWORD"),
    "a password of spaces": ("answerer", {"DB_HOST": "db", "DB_PASSWORD": "      "}, "DB_PASSWORD"),
    "a broker's user without a password": ("answerer", {"RABBITMQ_URL": "amqp://someone:@broker"}, "RABBITMQ_URL"),
    "no signing key beside other processes": ("admin_api", {}, "JWT_SECRET_KEY"),
    "no signing key in RUN_MODE=web": ("standalone", {"RUN_MODE": "web"}, "JWT_SECRET_KEY"),
    "an example as signing key": (
        "admin_api",
        {"JWT_SECRET_KEY": "your-super-secret-jwt-key-change-in-production"},
        "JWT_SECRET_KEY",
    ),
    "a signing key of one letter": ("admin_api", {"JWT_SECRET_KEY": "x" * 64}, "JWT_SECRET_KEY"),
    "a short signing key": ("admin_api", {"JWT_SECRET_KEY": GOOD_KEY[:31]}, "JWT_SECRET_KEY"),
    "a newline in the token": ("gateway", {"TELEGRAM_BOT_TOKEN": f"{TOKEN}\nHost: evil"}, "TELEGRAM_BOT_TOKEN"),
    "a carriage return in the model's key": ("answerer", {"OPENAI_API_KEY": "sk-something\r"}, "OPENAI_API_KEY"),
    "a newline in Qdrant's key": ("indexer", {"QDRANT_API_KEY": "abcdefgh\nx"}, "QDRANT_API_KEY"),
    "a newline in a password": ("indexer", {"REDIS_PASSWORD": "abcdefgh\nx"}, "REDIS_PASSWORD"),
    "a tab in a path": ("indexer", {"DOCUMENTS_PATH": "data/\tdocuments"}, "DOCUMENTS_PATH"),
    "a webhook without https": ("gateway", {"WEBHOOK_URL": "http://example.com"}, "WEBHOOK_URL"),
    "a webhook without a host": ("gateway", {"WEBHOOK_URL": "https:///webhook"}, "WEBHOOK_URL"),
    "admins that are no numbers": ("gateway", {"ADMIN_IDS": "1,@anna,3"}, "ADMIN_IDS"),
    "an alert chat that is no number": ("gateway", {"ADMIN_CHAT_ID": "@operators"}, "ADMIN_CHAT_ID"),
    "a port beyond all ports": ("gateway", {"WEB_PORT": "65536"}, "WEB_PORT"),
    "a database's port 0": ("indexer", {"DB_PORT": "0"}, "DB_PORT"),
    "an unknown run mode": ("standalone", {"RUN_MODE": "gateway"}, "RUN_MODE"),
    "a language that we do not have": ("gateway", {"STAFF_LANGUAGE": "de"}, "STAFF_LANGUAGE"),
    "an unknown environment": ("gateway", {"ENVIRONMENT": "prod"}, "ENVIRONMENT"),
    "an unknown queue type": ("gateway", {"RABBITMQ_QUEUE_TYPE": "stream"}, "RABBITMQ_QUEUE_TYPE"),
    "a broker by http": ("gateway", {"RABBITMQ_URL": "http://broker:5672/"}, "RABBITMQ_URL"),
    "a broker without a host": ("gateway", {"RABBITMQ_URL": "amqp:///telegram"}, "RABBITMQ_URL"),
    "a broker's port that is none": ("gateway", {"RABBITMQ_URL": "amqp://broker:port/"}, "RABBITMQ_URL"),
    "a broker's port beyond all ports": ("gateway", {"RABBITMQ_URL": "amqp://broker:99999/"}, "RABBITMQ_URL"),
    "Qdrant without a scheme": ("answerer", {"QDRANT_URL": "qdrant:6333"}, "QDRANT_URL"),
    "Qdrant with a space": ("answerer", {"QDRANT_URL": "http://qdrant 6333"}, "QDRANT_URL"),
    "Redis as a URL": ("gateway", {"REDIS_HOST": "redis://redis:6379"}, "REDIS_HOST"),
    "a database as a URL": ("gateway", {"DB_HOST": "postgresql://user:pass@db/name"}, "DB_HOST"),
    "a model's address without a scheme": ("answerer", {"OPENAI_API_BASE": "localhost:8000"}, "OPENAI_API_BASE"),
    "Telegram by ftp": ("gateway", {"TELEGRAM_API_BASE": "ftp://telegram"}, "TELEGRAM_API_BASE"),
    "a mail server as a URL": (
        "admin_api",
        {"SMTP_HOST": "smtp://mail.example.com", "SMTP_FROM": "bot@example.com", "SMTP_TO": "anna@example.com"},
        "SMTP_HOST",
    ),
    "mail to somebody by no server": ("admin_api", {"SMTP_TO": "anna@example.com"}, "SMTP_HOST"),
    "mail from nobody": ("admin_api", {"SMTP_HOST": "mail", "SMTP_TO": "anna@example.com"}, "SMTP_FROM"),
    "mail to nobody": ("admin_api", {"SMTP_HOST": "mail", "SMTP_FROM": "bot@example.com"}, "SMTP_TO"),
    "mail to something else": (
        "admin_api",
        {"SMTP_HOST": "mail", "SMTP_FROM": "bot@example.com", "SMTP_TO": "anna@example.com, boris"},
        "SMTP_TO",
    ),
    "a mail account without a password": (
        "admin_api",
        {"SMTP_HOST": "mail", "SMTP_USER": "bot@example.com", "SMTP_TO": "anna@example.com"},
        "SMTP_USER, SMTP_PASSWORD",
    ),
    "a mail password for everybody to read": (
        "admin_api",
        {
            "ENVIRONMENT": "production",
            "SMTP_HOST": "mail",
            "SMTP_SECURITY": "none",
            "SMTP_USER": "bot@example.com",
            "SMTP_PASSWORD": "open-sesame-012345",
            "SMTP_TO": "anna@example.com",
        },
        "SMTP_SECURITY",
    ),
    "a newline in the mail password": ("admin_api", {"SMTP_PASSWORD": "abcdefgh\nx"}, "SMTP_PASSWORD"),
    "a report on no day": ("admin_api", {"WEEKLY_REPORT_AT": "daily"}, "WEEKLY_REPORT_AT, WEEKLY_REPORT_ZONE"),
    "a report in no time zone": (
        "admin_api",
        {"WEEKLY_REPORT_ZONE": "Mars/Olympus"},
        "WEEKLY_REPORT_AT, WEEKLY_REPORT_ZONE",
    ),
    "a sign-in with nobody": ("admin_api", {"OIDC_CLIENT_ID": "inbox"}, "OIDC_ISSUER"),
    "a provider without TLS": ("admin_api", {**OIDC, "OIDC_ISSUER": "http://id.example.com"}, "OIDC_ISSUER"),
    "a provider's address without a scheme": ("standalone", {**OIDC, "OIDC_ISSUER": "id.example.com"}, "OIDC_ISSUER"),
    "no name at the provider": ("admin_api", OIDC | {"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
    "no secret of the provider": ("admin_api", OIDC | {"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
    "no way back from the provider": ("admin_api", OIDC | {"OIDC_REDIRECT_URL": ""}, "OIDC_REDIRECT_URL"),
    "another way back": ("admin_api", OIDC | {"OIDC_REDIRECT_URL": "https://a.example/"}, "OIDC_REDIRECT_URL"),
    "a way back without TLS": (
        "admin_api",
        OIDC | {"OIDC_REDIRECT_URL": "http://a.example/inbox/sign-in/oidc/callback"},
        "OIDC_REDIRECT_URL",
    ),
    "another way out": ("admin_api", OIDC | {"OIDC_SIGNED_OUT_URL": "https://a.example/"}, "OIDC_SIGNED_OUT_URL"),
    "a way out without TLS": (
        "admin_api",
        OIDC | {"OIDC_SIGNED_OUT_URL": "http://a.example/inbox/sign-in"},
        "OIDC_SIGNED_OUT_URL",
    ),
    "a way out of nowhere": ("admin_api", {"OIDC_SIGNED_OUT_URL": "https://a.example/inbox/sign-in"}, "OIDC_ISSUER"),
    "an address as domain": ("admin_api", OIDC | {"OIDC_ALLOWED_DOMAINS": "a@example.com"}, "OIDC_ALLOWED_DOMAINS"),
    "a group with an unknown role": ("admin_api", OIDC | {"OIDC_ROLES": "support=boss"}, "OIDC_ROLES"),
    "a group without a role": ("admin_api", OIDC | {"OIDC_ROLES": "support"}, "OIDC_ROLES"),
    "an administrator by default": ("admin_api", OIDC | {"OIDC_DEFAULT_ROLE": "admin"}, "OIDC_DEFAULT_ROLE"),
    "everybody whom a provider knows": ("admin_api", OIDC | {"OIDC_NEW_OPERATORS": "true"}, "OIDC_NEW_OPERATORS"),
    # The product has no debug mode and lets no other site in; whoever asks for either is told so.
    "debugging in production": ("gateway", {"ENVIRONMENT": "production", "DEBUG": "true"}, "DEBUG"),
    "every site let in, in production": (
        "gateway",
        {"ENVIRONMENT": "production", "CORS_ORIGINS": "https://a.example, *"},
        "CORS_ORIGINS",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_process_does_not_start_with(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service, wrong, name = REFUSED[case]
    assert set(problems(service, monkeypatch, wrong)) >= {name}


def test_what_is_wrong_together_is_named_beside_what_is_wrong_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "WEB_PORT": "none",
        "LOG_LEVEL": "LOUD",
        "ADMIN_IDS": "x,y",
        "WEBHOOK_URL": "http://example.com",
        "RUN_MODE": "web",
        "ENVIRONMENT": "production",
        "DB_HOST": "db",
        "DEBUG": "1",
        "QDRANT_API_KEY_FILE": "/nowhere/at/all",
    }
    named = {*wrong, "DB_PASSWORD", "JWT_SECRET_KEY"} - {"RUN_MODE", "ENVIRONMENT", "DB_HOST"}
    assert set(problems("standalone", monkeypatch, wrong)) == named


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_of_its_own_says_at_once_which_servers_it_lacks(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", GOOD_KEY)
    lacks = {"DB_HOST", "QDRANT_URL"} if service in {"answerer", "indexer"} else {"DB_HOST"}
    assert set(problems(service, monkeypatch, {})) == lacks


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_of_its_own_needs_neither_rabbitmq_nor_redis(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DB_HOST": "db", "QDRANT_URL": "http://qdrant:6333", "JWT_SECRET_KEY": GOOD_KEY}.items():
        monkeypatch.setenv(name, value)
    assert load_settings(of_process(service)).db_host == "db"


@pytest.mark.parametrize("content", ["", "\n", "\r\n"])
def test_an_empty_secret_file_is_no_secret(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(content, encoding="utf-8")
    wrong = {"OPENAI_API_KEY_FILE": str(tmp_path / "key")}
    assert "empty" in problems("answerer", monkeypatch, wrong)["OPENAI_API_KEY_FILE"]


def numbers() -> Iterator[tuple[str, Any]]:
    """Every setting that is a number, with its default."""
    for name, field in StandaloneSettings.model_fields.items():
        kinds = {field.annotation, *get_args(field.annotation)}
        if kinds & {int, float} and not isinstance(field.default, tuple):
            yield name, field.default


NUMBERS = dict(numbers())


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_no_limit_may_be_nothing_or_less_or_without_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"-1": MAY_BE_NEGATIVE, "0": MAY_BE_ZERO, "nan": set(), "inf": set()}
    for value, allowed in values.items():
        if name not in allowed:
            assert set(problems("standalone", monkeypatch, {name.upper(): value})) == {name.upper()}, value


def test_there_are_limits_to_be_checked() -> None:
    assert {"db_pool_size", "model_timeout", "upload_limit", "telegram_sends_per_second"} <= set(NUMBERS)
    assert all(math.isfinite(default) for default in NUMBERS.values() if default is not None)


@pytest.mark.parametrize("service", [*SERVICES, "standalone"])
def test_every_process_starts_with_the_settings_of_a_real_deployment(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = {
        "ENVIRONMENT": "production",
        "DB_HOST": "/var/run/postgresql",
        "DB_PASSWORD": "p@ss word/with:signs",
        "RABBITMQ_URL": "amqps://user:p%40ss@broker.internal:5671/support",
        "QDRANT_URL": "https://qdrant.internal",
        "REDIS_HOST": "10.0.0.5",
        "JWT_SECRET_KEY": GOOD_KEY,
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "WEBHOOK_URL": "https://support.example.com:8443/telegram",
        **OIDC,
        "OIDC_SIGNED_OUT_URL": "https://support.example.com/inbox/sign-in",
        "OIDC_NEW_OPERATORS": "true",
        "OIDC_ALLOWED_DOMAINS": "example.com, example.org",
        "OIDC_ROLES": "cn=support leads=admin, writers=knowledge_editor",
        "DEBUG": "false",
        "CORS_ORIGINS": "https://shop.example.com",
    }
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert load_settings(of_process(service)).environment == "production"


def test_a_random_key_is_no_example() -> None:
    assert not looks_like_an_example(GOOD_KEY)
    assert not looks_like_an_example("0123456789abcdef" * 4)
    assert all(map(looks_like_an_example, ("changeme" * 4, "YOUR_JWT_SECRET", "insert-key-here", "a" * 32)))
