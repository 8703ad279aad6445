"""What a report of `supportbot diagnose` says is wrong, and what to do, for each fault that it may show."""

import time
from typing import Any

import pytest

from supportbot.standalone.operations.findings import findings

Report = dict[str, Any]
WEBHOOK = "https://bot.example.org/webhook"


def well() -> Report:
    """A report in which nothing is wrong."""
    return {
        "machine": {
            "memory": {"total_mb": 4000, "available_mb": 2000},
            "disks": {"/data": {"free_mb": 9000, "total_mb": 20000, "free_percent": 45.0, "writable": True}},
        },
        "database": {
            "tables": "0026",
            "newest": "0026",
            "version": "as this program has it",
            "connections": {"used": 20, "most": 100, "ours": ["supportbot"], "by_state": []},
            "alerts": [],
        },
        "servers": {"RabbitMQ": {"problem": None}, "Qdrant": {"problem": None}, "Redis": {"problem": None}},
        "processes": {
            "telegram-bot": {
                "state": "active",
                "address": "http://127.0.0.1:5001",
                "status": 200,
                "health": {"status": "ok", "parts": {"database": "ok", "questions": "ok"}},
                "connection_pool": {"checked_out": 1, "size": 10, "overflow": 0},
            }
        },
        "telegram": {"bot 1": {"status": 200, "wanted": WEBHOOK, "webhook": {"url": WEBHOOK}}},
        "model": {"status": 200, "said": None},
        "misspelt": {},
    }


def undelivered(error: str, **more: Any) -> Report:
    """What Telegram says of a webhook that does not take an update that waits."""
    told = {"url": WEBHOOK, "pending_update_count": 3, "last_error_date": 1_760_000_000, "last_error_message": error}
    return {"telegram": {"bot 1": {"status": 200, "wanted": WEBHOOK, "webhook": {**told, **more}}}}


def with_process(**changes: Any) -> Report:
    return {"processes": {"telegram-bot": {**well()["processes"]["telegram-bot"], **changes}}}


def with_database(**changes: Any) -> Report:
    return {"database": {**well()["database"], **changes}}


def with_disk(**changes: Any) -> Report:
    disks = {"/data": {**well()["machine"]["disks"]["/data"], **changes}}
    return {"machine": {**well()["machine"], "disks": disks}}


def unready(part: str, said: str) -> Report:
    health = {"status": "unavailable", "parts": {"database": "ok", part: said}}
    return with_process(status=503, health=health)


def with_webhook(url: str, wanted: str = WEBHOOK) -> Report:
    return {"telegram": {"bot 1": {"status": 200, "wanted": wanted, "webhook": {"url": url}}}}


FAULTS: dict[str, tuple[Report, str, str]] = {
    "full disk": (with_disk(free_mb=12, free_percent=0.1), "disk of /data is full: 12 of 20000 MB", "Make room"),
    "read-only": (with_disk(writable=False), "/data cannot be written to", "chown"),
    "no memory": (
        {"machine": {**well()["machine"], "memory": {"total_mb": 4000, "available_mb": 100}}},
        "memory is used up: 100 of 4000 MB",
        "ps aux",
    ),
    "database away": (with_database(problem="The database x at y cannot be used now"), "cannot be used now", "folder"),
    "no tables": (with_database(tables=None, version="no tables"), "no tables", "db migrate"),
    "old tables": (with_database(tables="0009", version="older than this program"), "(0009, here 0026)", "db migrate"),
    "new tables": (with_database(tables="0099", version="newer than this program"), "(0099, here", "newer version"),
    "no connections": (
        with_database(connections={"used": 97, "most": 100, "ours": ["supportbot"]}),
        "connections are used up: 97 of 100",
        "check-connections",
    ),
    "a service is missing": (
        with_database(connections={"used": 9, "most": 100, "ours": ["supportbot-gateway", "supportbot-answerer"]}),
        "not connected to the database: supportbot-admin-api, supportbot-indexer",
        "log",
    ),
    "broker away": (
        {"servers": {"RabbitMQ": {"problem": "Connection refused"}}},
        "RabbitMQ cannot be used: Connection refused",
        "RABBITMQ_URL",
    ),
    "Qdrant away": ({"servers": {"Qdrant": {"problem": "401: no"}}}, "Qdrant cannot be used: 401", "QDRANT_API_KEY"),
    "hangs": (with_process(status=0, health="timed out"), "telegram-bot does not answer", "journalctl -u telegram-bot"),
    "not ready": (unready("questions", "RabbitMQ at x"), "not ready, questions: RabbitMQ at x", "RABBITMQ_URL"),
    "bot not ready": (unready("telegram_1", "Unauthorized"), "not ready, telegram_1: Unauthorized", "part telegram"),
    "pool short": (
        with_process(connection_pool={"checked_out": 30, "size": 10, "overflow": 20}),
        "no database connections to spare: 30 of 10 in use",
        "slow-queries",
    ),
    "token revoked": (
        {"telegram": {"bot 1": {"status": 401, "wanted": "", "webhook": '{"description": "Unauthorized"}'}}},
        "bot 1: its token is not taken (401",
        "@BotFather",
    ),
    "Telegram away": (
        {"telegram": {"bot 1": {"status": 0, "wanted": "", "webhook": "Cannot connect"}}},
        "Telegram cannot be asked (no answer, Cannot connect)",
        "firewall",
    ),
    "webhook elsewhere": (
        with_webhook("https://other.example.org/webhook"),
        "delivers its updates to https://other.example.org/webhook, not to https://bot.example.org/webhook",
        "webhook set",
    ),
    "webhook of another, polling here": (with_webhook(WEBHOOK, wanted=""), "which fetches them", "webhook delete"),
    "no webhook": (with_webhook(""), "Telegram has no webhook", "webhook set"),
    "wrong secret": (
        undelivered("Wrong response from the webhook: 401 Unauthorized"),
        "3 updates wait there",
        "another secret than ours",
    ),
    "certificate": (undelivered("SSL error {certificate verify failed}"), "certificate verify failed", "certbot renew"),
    "nothing listens": (undelivered("Connection refused"), "Connection refused", "nginx"),
    "failed just now": (
        undelivered("Read timeout expired", pending_update_count=0, last_error_date=int(time.time()) - 60),
        "Read timeout expired",
        "fetches updates",
    ),
    "key expired": ({"model": {"status": 401, "said": "invalid key"}}, "server: 401, invalid key", "OPENAI_API_KEY"),
    "model away": ({"model": {"status": 0, "said": "refused"}}, "server: no answer, refused", "OPENAI_API_BASE"),
    "quota, told by an alert": (
        with_database(alerts=[{"minutes_ago": 5, "kind": "model_refused", "text": "The quota is used up"}]),
        "alert of 5 minutes ago: The quota is used up",
        "runbook",
    ),
    "a wrong name": (
        {"misspelt": {"TELEGRAM_TOKEN": "TELEGRAM_BOT_TOKEN"}},
        ".env sets TELEGRAM_TOKEN, which is no setting",
        "If TELEGRAM_BOT_TOKEN was meant",
    ),
    "could not be looked at": (
        {"processes": {"problem": "it could not be looked at: no space"}},
        "processes: it could not be looked at: no space",
        "as the user",
    ),
}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert findings(well()) == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_is_named_once_with_what_to_do(fault: str) -> None:
    changes, what, do = FAULTS[fault]
    (found,) = findings({**well(), **changes})
    assert what in found.what
    assert do in found.do


@pytest.mark.parametrize(
    "report",
    [
        undelivered("Wrong response", pending_update_count=0),
        with_database(alerts=[{"minutes_ago": 90, "kind": "model_refused", "text": "The quota is used up"}]),
        with_database(alerts=[{"minutes_ago": 1, "kind": "webhook_works", "text": "The webhook works again"}]),
        {"model": {"note": "OPENAI_API_KEY is not set"}},
        {"telegram": {"note": "TELEGRAM_BOT_TOKEN is not set"}},
        {"machine": {**well()["machine"], "memory": {}}},
    ],
    ids=["delivered since", "old alert", "end of an alert", "no model", "no bot", "a system that tells less"],
)
def test_what_is_over_or_not_in_use_is_no_fault(report: Report) -> None:
    assert findings({**well(), **report}) == []


def test_an_installation_that_does_not_run_is_named_first_by_its_database() -> None:
    report = {**well(), "processes": {}, "database": {"problem": "there is none at /x/supportbot.db yet"}}
    database, nothing_runs = findings(report)
    assert "there is none at /x/supportbot.db yet" in database.what
    assert "nothing of the product runs here" in nothing_runs.what
    assert "systemctl start" in nothing_runs.do


def test_an_alert_that_came_twice_is_told_once() -> None:
    alerts = [{"minutes_ago": ago, "kind": "sending", "text": f"of {ago} minutes"} for ago in (3, 20)]
    (found,) = findings({**well(), **with_database(alerts=alerts)})
    assert "of 3 minutes" in found.what
