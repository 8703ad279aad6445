"""Settings of the gateway: several bots, their secrets, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from supportbot.common.settings import SettingsError, load_settings
from supportbot.gateway.settings import GatewaySettings

ONE = "123456789:AAFakeTokenForTests_0123456789abcdefgh"
TWO = "987654321:BBAnotherFakeToken_0123456789abcdefghij"


def made(tmp_path: Path, **values: Any) -> GatewaySettings:
    return load_settings(GatewaySettings, _env_file=None, database_path=tmp_path / "data" / "supportbot.db", **values)


def test_without_a_token_there_are_no_bots(tmp_path: Path) -> None:
    assert made(tmp_path).bots == ()


def test_several_tokens_are_several_bots_with_secrets_of_their_own(tmp_path: Path) -> None:
    settings = made(
        tmp_path, telegram_bot_token=f"{ONE},{TWO}", webhook_url="https://a.example", telegram_webhook_secret="s3cret"
    )
    assert [account.bot for account in settings.bots] == ["123456789", "987654321"]
    first, second = (account.webhook_secret.get_secret_value() for account in settings.bots)
    assert first == "s3cret"
    assert second not in {"", "s3cret"}


def test_gateways_that_share_nothing_but_the_token_agree_on_a_secret_that_does_not_show_it(tmp_path: Path) -> None:
    here, there = (
        made(tmp_path / place, telegram_bot_token=f"{ONE},{TWO}", webhook_url="https://a.example").bots
        for place in ("here", "there")
    )
    secrets = [account.webhook_secret.get_secret_value() for account in here]
    assert secrets == [account.webhook_secret.get_secret_value() for account in there]
    assert len(set(secrets)) == 2
    assert all(len(secret) >= 32 and secret not in ONE + TWO for secret in secrets)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "token", [f"{ONE}\n", f" {ONE}", "123", "abc:" + "x" * 35, f"{ONE},", f"{ONE}, {TWO}", ONE + "é"]
)
def test_a_token_that_is_none_is_refused_without_being_shown(tmp_path: Path, token: str) -> None:
    with pytest.raises(SettingsError) as caught:
        made(tmp_path, telegram_bot_token=token)
    assert "TELEGRAM_BOT_TOKEN" in str(caught.value)
    assert ONE not in str(caught.value)


def test_the_same_bot_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="twice"):
        made(tmp_path, telegram_bot_token=f"{ONE},{ONE}")


@pytest.mark.parametrize("url", ["http://a.example/webhook", "a.example", "https://"])
def test_a_webhook_needs_https(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_URL"):
        made(tmp_path, telegram_bot_token=ONE, webhook_url=url)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        made(
            tmp_path,
            telegram_bot_token="x",
            webhook_url="http://a",
            telegram_webhook_secret="not allowed!",
            telegram_api_base="ftp://a",
        )
    names = [problem.split(":")[0] for problem in caught.value.problems]
    assert names == ["TELEGRAM_BOT_TOKEN", "WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_API_BASE"]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example", "https://a.example/webhook"),
        ("https://a.example/", "https://a.example/webhook"),
        ("https://a.example/webhook", "https://a.example/webhook"),
        ("https://a.example/bot", "https://a.example/bot/webhook"),
        ("", ""),
    ],
)
def test_the_webhooks_path_is_ours(tmp_path: Path, url: str, address: str) -> None:
    assert made(tmp_path, telegram_bot_token=ONE, webhook_url=url).webhook_address == address


def test_admins_are_read_from_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IDS", "1, 2,3")
    assert made(tmp_path).admin_ids == (1, 2, 3)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"transcription_model": "whisper-1"}, "TRANSCRIPTION_MODEL"),
        ({"transcription_api_key": "k"}, "TRANSCRIPTION_API_BASE"),
        ({"transcription_api_base": "https://a.example/v1"}, "TRANSCRIPTION_API_KEY"),
        ({"transcription_api_base": "a.example", "transcription_api_key": "k"}, "TRANSCRIPTION_API_BASE"),
        ({"working_hours": "always"}, "WORKING_HOURS"),
        ({"working_hours_zone": "Nowhere"}, "WORKING_HOURS_ZONE"),
        ({"people_answer": "false", "repeat_uncertain": "operator"}, "REPEAT_UNCERTAIN"),
        ({"contacts": "x" * 501}, "CONTACTS"),
    ],
)
def test_what_cannot_work_is_refused_by_name(tmp_path: Path, values: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        made(tmp_path, **values)


def test_contacts_stand_below_each_other(tmp_path: Path) -> None:
    people = made(tmp_path, people_answer=False, contacts="help@example.com; +44 20 7946 0000 ;").people
    assert people.contacts == "help@example.com\n+44 20 7946 0000"
    assert (people.offer, made(tmp_path, people_answer=False).people.offer, made(tmp_path).people.offer) == (
        "contacts",
        "",
        "person",
    )


def test_recordings_go_to_a_server_of_their_own_or_to_that_of_all_models(tmp_path: Path) -> None:
    shared = made(tmp_path, transcription_model="whisper-1", openai_api_key="one").transcription
    own = {"transcription_api_base": "https://a.example/v1", "transcription_api_key": "two"}
    alone = made(tmp_path, transcription_model="whisper-1", openai_api_key="one", **own).transcription
    assert shared is not None
    assert alone is not None
    assert (shared.key, alone.base, alone.key) == ("one", "https://a.example/v1", "two")
