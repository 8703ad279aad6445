"""What `make up` starts itself, and where services listen."""

import os
from pathlib import Path

import pytest

from supportbot.standalone.settings import StandaloneSettings
from tools.distributed.layout import FOLDER, SERVICES, STATE, ports
from tools.distributed.servers import servers
from tools.distributed.state import State, found, note

NAMED = {
    "DB_HOST": "db.example",
    "RABBITMQ_URL": "amqp://user:secret@broker.example/",
    "QDRANT_URL": "https://qdrant.example",
    "REDIS_HOST": "redis.example",
    "TELEGRAM_BOT_TOKEN": "1:token-of-a-bot-that-does-not-exist",
    "OPENAI_API_KEY": "a-key",
}


def test_servers_that_settings_name_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)
    with servers(StandaloneSettings()) as found:
        assert found == {}


def test_an_env_file_names_servers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in NAMED.items()), encoding="utf-8")
    with servers(StandaloneSettings()) as found:
        assert found == {}


def test_each_service_has_a_port_of_its_own_whatever_web_port_says() -> None:
    assert ports({"WEB_PORT": "7000"}) == SERVICES
    assert len(set(SERVICES.values())) == len(SERVICES)


def test_a_service_can_be_given_another_port() -> None:
    assert ports({"ADMIN_API_PORT": "7000"}) == {**SERVICES, "admin-api": 7000}


@pytest.mark.parametrize("given", ["many", "0", "70000", "-1", "٣"])
def test_what_is_no_port_is_named(given: str) -> None:
    with pytest.raises(ValueError, match="GATEWAY_PORT"):
        ports({"GATEWAY_PORT": given})


def test_a_number_that_belongs_to_another_process_by_now_is_no_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    note(State(os.getpid(), ready=True))
    assert found() is None


@pytest.mark.parametrize("left", ["", "{", '{"pid": 1, "of": "another version"}', "[]"])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    STATE.write_text(left, encoding="utf-8")
    assert found() is None
