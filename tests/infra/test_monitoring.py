"""Prometheus' jobs and rules, Grafana's dashboards and the runbook, against the metrics that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from tests.infra.compose_files import PRODUCTION, services
from tests.infra.manifests import of_kind
from tools import dashboards, prometheus_rule
from tools.distributed.layout import ROOT, SERVICES
from tools.metrics import collectors, name_of

FOLDER = ROOT / "infra" / "monitoring"
RULES: dict[str, Any] = yaml.safe_load(prometheus_rule.RULES.read_text(encoding="utf-8"))
ALERTS: dict[str, dict[str, Any]] = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
PROMISED = {"DatabaseConnectionPoolExhausted", "DatabaseConnectionLeaks", "HealthCheckFailed"}
JOBS = {
    "telegram-bot": "/metrics",
    "telegram-bot-health": "/health/metrics",
    "telegram-bot-db": "/health/db/metrics",
    "node-exporter": "/metrics",
    "postgres-exporter": "/metrics",
}
OF_OTHERS = {
    "up",
    "pg_up",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_cpu_seconds_total",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
}
"""What Prometheus itself and the exporters count."""
_SERIES = re.compile(r"\b([a-z][A-Za-z0-9_]+)\{([^}]*)\}")
_BY = re.compile(r"\bby \(([^)]*)\)")
_ADDED = {"job", "instance", "le", "service"}
"""Labels that scraping adds."""


def labels_by_metric() -> dict[str, set[str]]:
    """Every name that is scraped of us, with its labels."""
    found: dict[str, set[str]] = {}
    for one in collectors():
        endings = ("_bucket", "_sum", "_count") if one._type == "histogram" else ("",)
        found |= {f"{name_of(one)}{ending}": set(one._labelnames) for ending in endings}
    found |= {
        sample.name: set() for family in REGISTRY.collect() for sample in family.samples if "process_" in sample.name
    }
    return found


KNOWN = labels_by_metric()


def queries() -> list[tuple[str, str]]:
    """Every query with where it stands."""
    of_rules = [(name, rule["expr"]) for name, rule in ALERTS.items()]
    of_panels = [
        (f"{name}: {panel['title']}", target["expr"])
        for name in dashboards.DASHBOARDS
        for panel in json.loads(dashboards.render(name))["panels"]
        for target in panel["targets"]
    ]
    return [*of_rules, *of_panels]


@pytest.mark.parametrize(("place", "query"), queries(), ids=[place for place, _ in queries()])
def test_a_query_asks_for_what_is_counted(place: str, query: str) -> None:
    series = _SERIES.findall(query)
    assert series, place
    labels: set[str] = set()
    for name, conditions in series:
        assert name in KNOWN or name in OF_OTHERS, name
        given = set(re.findall(r"([a-z_]+)[!=]~?=?\"", conditions))
        assert "job" in given, f"{name} would be counted once for each job"
        if name in KNOWN:
            assert given <= KNOWN[name] | _ADDED, name
            labels |= KNOWN[name]
    if all(name in KNOWN for name, _ in series):
        asked = {label.strip() for group in _BY.findall(query) for label in group.split(",")}
        assert asked <= labels | _ADDED


def test_what_an_alert_waits_for_is_counted_from_the_start() -> None:
    exposed = [sample for family in REGISTRY.collect() for sample in family.samples]
    looked_for = 0
    for name, rule in ALERTS.items():
        if not rule["expr"].endswith("> 0"):
            continue
        for counter, conditions in re.findall(r"increase\(([a-z_]+)\{([^}]*)\}", rule["expr"]):
            wanted = dict(re.findall(r"([a-z_]+)=\"([^\"]*)\"", conditions))
            del wanted["job"]
            if wanted:
                looked_for += 1
                assert any(one.name == counter and wanted.items() <= one.labels.items() for one in exposed), name
    assert looked_for >= 4


def test_promised_alerts_are_as_promised() -> None:
    assert set(ALERTS) >= PROMISED
    exhausted = ALERTS["DatabaseConnectionPoolExhausted"]
    leaks = ALERTS["DatabaseConnectionLeaks"]
    failed = ALERTS["HealthCheckFailed"]
    assert exhausted["for"] == "5m"
    assert exhausted["expr"].endswith("> 0.9")
    assert leaks["for"] == "2m"
    assert leaks["expr"].endswith("[5m]) > 10")
    assert (failed["expr"], failed["for"]) == ('up{job="telegram-bot-health"} == 0', "1m")


def test_jobs_have_the_names_that_people_know() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    found = {job["job_name"]: job.get("metrics_path", "/metrics") for job in configuration["scrape_configs"]}
    assert found == JOBS
    assert set(re.findall(r'job="([^"]+)"', str(ALERTS))) <= set(JOBS)


@pytest.mark.parametrize("place", ["compose", "host"])
def test_every_service_is_looked_at_where_it_listens(place: str) -> None:
    targets = yaml.safe_load((FOLDER / "targets" / place / "services.yml").read_text(encoding="utf-8"))
    found = {one["labels"]["service"]: one["targets"][0] for one in targets}
    assert found == {name: f"{name if place == 'compose' else '127.0.0.1'}:{port}" for name, port in SERVICES.items()}


def test_the_containers_of_monitoring_find_their_files() -> None:
    for name in ("prometheus", "grafana"):
        for mounted in services(PRODUCTION)[name]["volumes"]:
            source = mounted.split(":")[0]
            if source.startswith("."):
                assert (ROOT / "infra" / "compose" / source).resolve().exists(), source


@pytest.mark.parametrize("name", ALERTS)
@pytest.mark.parametrize("document", ["runbook.md", "runbook.ru.md"])
def test_an_alert_says_what_to_do(name: str, document: str) -> None:
    rule = ALERTS[name]
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    assert rule["labels"]["severity"] in {"warning", "critical"}
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE).count(name) == 1


def test_the_runbook_has_no_alert_that_is_none() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == set(ALERTS)


def test_the_cluster_has_the_same_rules() -> None:
    assert prometheus_rule.PATH.read_text(encoding="utf-8") == prometheus_rule.render(), (
        "python -m tools.prometheus_rule"
    )
    assert of_kind("prod", "PrometheusRule")["supportbot"]["spec"] == RULES


@pytest.mark.parametrize("name", dashboards.DASHBOARDS)
def test_a_dashboard_is_as_the_code_says(name: str) -> None:
    written = (dashboards.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert written == dashboards.render(name), "python -m tools.dashboards"


def test_promtool_finds_the_rules_do_what_they_say(tmp_path: Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed; NO rule was tried")
    local = (
        (FOLDER / "prometheus.yml").read_text(encoding="utf-8").replace("/etc/prometheus/rules", str(FOLDER / "rules"))
    )
    local = local.replace("/etc/prometheus/targets", str(FOLDER / "targets" / "host"))
    (tmp_path / "prometheus.yml").write_text(local, encoding="utf-8")
    for command in (
        ["check", "config", str(tmp_path / "prometheus.yml")],
        ["test", "rules", str(FOLDER / "tests" / "supportbot.yml")],
    ):
        said = subprocess.run([program, *command], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
