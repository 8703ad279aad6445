"""The table that leads from a hand-written bot to this one: whole, the same in both languages, and true."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from supportbot.standalone.cli.main import application
from tests.infra.commands import understood
from tools.distributed.layout import ROOT

DOCS = ROOT / "docs"
LANGUAGES = ("from-another-bot.md", "from-another-bot.ru.md")
KNOWN = """
main.py webapp_main.py requirements.txt venv Dockerfile docker-compose.yml app docker-compose.prod.yml .env.prod
postgres redis telegram-bot web-interface nginx postgres_data redis_data bot_network .env config.local.py
ensure_db_exists() get_connection_stats() data/bot_database.db data/documents data/chroma_db /opt/telegram-bot
/app/data /app/logs telegram-bot-web nginx.conf ssl/cert.pem /etc/logrotate.d/telegram-bot logs/app.log
logs/error.log logs/auto_recovery.log prometheus.yml alerts.yml /etc/filebeat/filebeat.yml backup.sh restore.sh
maintenance.sh monitor.sh auto_recovery.sh check_connections.py monitor_slow_queries.sh diagnose.sh /health
/health/db /health/db/connections /health/ready /health/live /metrics /health/metrics /health/db/metrics
""".split()
"""What such an installation is made of."""


@pytest.fixture(autouse=True)
def beside_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the other bot is: some arguments name files of it."""
    (tmp_path / "config.local.py").touch()
    monkeypatch.chdir(tmp_path)


def assert_is_command(words: list[str]) -> None:
    """Without its arguments."""
    command: Any = typer.main.get_command(application)
    for word in words:
        if hasattr(command, "commands"):
            assert word in command.commands, words
            command = command.commands[word]


def table(name: str) -> list[tuple[str, str]]:
    """Rows of the last table of the page."""
    text = (DOCS / name).read_text(encoding="utf-8").rpartition("|---|---|\n")[2]
    rows = (line.strip("| ").split(" | ") for line in text.splitlines())
    return [(left.strip(), right.strip()) for left, right in rows]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("name", LANGUAGES)
def test_everything_of_such_an_installation_is_in_it(name: str) -> None:
    there = {one for left, _ in table(name) for one in named(left)}
    said = " ".join(there)
    assert [one for one in KNOWN if one not in there and f"{one}" not in said] == []


def test_both_languages_lead_to_the_same() -> None:
    english, russian = (
        [(sorted(named(left)), sorted(named(right))) for left, right in table(name)] for name in LANGUAGES
    )
    assert english == russian


def test_it_leads_to_what_there_is() -> None:
    for _, right in table(LANGUAGES[0]):
        for one in named(right):
            if one.startswith("supportbot "):
                assert_is_command(one.split()[1:])
            if one.startswith("infra/"):
                assert (ROOT / one).exists(), one
            if one.endswith((".timer", ".service")):
                assert (ROOT / "infra" / "systemd" / one).exists(), one


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_it_shows_of_the_command_is_understood(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    shown = [
        line.split("#")[0].split(">>")[0].split() for line in text.splitlines() if line.startswith("    supportbot ")
    ]
    assert len(shown) >= 4
    for arguments in shown:
        understood(arguments[1:])
