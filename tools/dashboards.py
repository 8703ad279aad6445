"""Write Grafana's dashboards, from the few things that tell them apart.

Usage: .venv/bin/python -m tools.dashboards
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "infra" / "monitoring" / "grafana" / "dashboards"
_SOURCE = {"type": "prometheus", "uid": "prometheus"}
_WIDE, _HIGH, _PER_ROW = 8, 7, 3
_POOL = '{metric}{{job="telegram-bot-db"}}'


@dataclass(frozen=True)
class Panel:
    """One graph: its title, its unit as Grafana calls it, and what it draws, by legend."""

    title: str
    unit: str
    queries: dict[str, str]


def quantile(metric: str, by: str = "") -> str:
    """The slowest twentieth begins here."""
    labels = f"le, {by}" if by else "le"
    return f'histogram_quantile(0.95, sum by ({labels}) (rate({metric}_bucket{{job="telegram-bot"}}[5m])))'


def rate(metric: str, by: str, condition: str = "") -> str:
    """What happens in a second."""
    return f'sum by ({by}) (rate({metric}{{job="telegram-bot"{condition}}}[5m]))'


def most(metric: str, by: str = "") -> str:
    """Every process says the same of what they share."""
    return f'max{f" by ({by})" if by else ""} ({metric}{{job="telegram-bot"}})'


QUESTIONS = (
    Panel("Messages", "reqps", {"{{channel}} {{kind}}": rate("supportbot_messages_received_total", "channel, kind")}),
    Panel("Questions finished", "reqps", {"{{decision}}": rate("supportbot_turns_finished_total", "decision")}),
    Panel(
        "Escalations by reason",
        "reqps",
        {"{{reason}}": rate("supportbot_turns_finished_total", "reason", ',decision="escalate"')},
    ),
    Panel("Wait for the machine", "short", {"turns": most("supportbot_turns_due")}),
    Panel(
        "Longest wait",
        "s",
        {
            "for the machine": most("supportbot_oldest_due_seconds"),
            "for a person": most("supportbot_oldest_escalation_seconds"),
        },
    ),
    Panel(
        "Wait for a person",
        "short",
        {"dead letter: {{dead_letter}}": most("supportbot_escalations_open", "dead_letter")},
    ),
    Panel(
        "From claim to finish, p95",
        "s",
        {"all": quantile("supportbot_turn_seconds"), "answer": quantile("supportbot_answer_seconds")},
    ),
    Panel("Stages, p95", "s", {"{{stage}}": quantile("supportbot_stage_seconds", "stage")}),
    Panel("Attempts that failed", "reqps", {"{{cause}}": rate("supportbot_turns_failed_total", "cause")}),
)
CHANNELS = (
    Panel("Replies", "reqps", {"{{channel}} {{outcome}}": rate("supportbot_replies_sent_total", "channel, outcome")}),
    Panel("One request to send, p95", "s", {"Telegram": quantile("supportbot_telegram_send_seconds")}),
    Panel("Uncertain replies", "short", {"not settled": most("supportbot_replies_uncertain")}),
    Panel("Updates", "reqps", {"{{outcome}}": rate("supportbot_telegram_updates_total", "outcome")}),
    Panel("How updates come", "short", {"{{bot}} {{mode}}": most("supportbot_telegram_update_mode", "bot, mode")}),
    Panel("Beyond a person's limit", "reqps", {"{{channel}}": rate("supportbot_messages_over_limit_total", "channel")}),
    Panel(
        "Requests to the model",
        "reqps",
        {"{{stage}} {{outcome}}": rate("supportbot_model_calls_total", "stage, outcome")},
    ),
    Panel("Tokens", "short", {"{{stage}} {{kind}}": rate("supportbot_model_tokens_total", "stage, kind")}),
    Panel("Cost a day", "short", {"{{model}}": f"86400 * {rate('supportbot_model_cost_total', 'model')}"}),
)
SERVERS = (
    Panel(
        "Pool in use",
        "percentunit",
        {
            "{{instance}}": " / ".join(
                _POOL.format(metric=f"db_connection_pool_{part}") for part in ("checked_out", "size")
            )
        },
    ),
    Panel(
        "Connections beyond the pool", "short", {"{{instance}}": 'db_connection_pool_overflow{job="telegram-bot-db"}'}
    ),
    Panel(
        "Requests for a connection in vain",
        "reqps",
        {"{{instance}}": rate("db_connection_pool_refusals_total", "instance")},
    ),
    Panel(
        "Events published",
        "reqps",
        {"{{event}} {{outcome}}": rate("supportbot_events_published_total", "event, outcome")},
    ),
    Panel("Oldest event in the outbox", "s", {"age": most("supportbot_outbox_oldest_seconds")}),
    Panel("Lines to RabbitMQ", "short", {"{{instance}} {{line}}": most("supportbot_bus_connected", "instance, line")}),
    Panel("Documents", "reqps", {"{{outcome}}": rate("supportbot_documents_indexed_total", "outcome")}),
    Panel("Memory", "bytes", {"{{instance}}": 'process_resident_memory_bytes{job="telegram-bot"}'}),
    Panel("Processor", "percentunit", {"{{instance}}": rate("process_cpu_seconds_total", "instance")}),
)
DASHBOARDS = {
    "questions": ("supportbot: questions", QUESTIONS),
    "channels": ("supportbot: channels and models", CHANNELS),
    "servers": ("supportbot: servers", SERVERS),
}


def render(name: str) -> str:
    """A dashboard as Grafana imports it."""
    title, panels = DASHBOARDS[name]
    dashboard = {
        "uid": f"supportbot-{name}",
        "title": title,
        "tags": ["supportbot"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": _panels(panels),
    }
    return json.dumps(dashboard, indent=1) + "\n"


def _panels(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    return [
        {
            "id": number + 1,
            "type": "timeseries",
            "title": panel.title,
            "datasource": _SOURCE,
            "gridPos": {
                "x": number % _PER_ROW * _WIDE,
                "y": number // _PER_ROW * _HIGH,
                "w": _WIDE,
                "h": _HIGH,
            },
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend, "datasource": _SOURCE}
                for place, (legend, query) in enumerate(panel.queries.items())
            ],
        }
        for number, panel in enumerate(panels)
    ]


if __name__ == "__main__":
    for each in DASHBOARDS:
        (FOLDER / f"{each}.json").write_text(render(each), encoding="utf-8")
        print(f"{each}.json written")
