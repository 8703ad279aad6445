"""Write docs/metrics.md: every metric of the product, from the code that counts.

Usage: .venv/bin/python -m tools.metrics
"""

# ruff: noqa: SLF001  # the client has no other way to list metrics with their labels
import importlib
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

PATH = Path(__file__).parents[1] / "docs" / "metrics.md"
_MODULES = ("supportbot.standalone.app", "supportbot.common.cache.fallback", "supportbot.common.bus.rabbitmq")
_OURS = ("supportbot_", "db_")
_HEAD = """\
# Metrics

Each process shows its own at `/metrics` (and `/health/metrics`), as Prometheus text; the pool's alone are at
`/health/db/metrics`. Beside these there are `process_*` (processor time, memory, open files, start) and `python_*`.
A counter is the sum since the process started; one that a process has no part in stays away or at nothing.

What is worth an alert is in `infra/monitoring/rules`, and what to do about it in [runbook.md](runbook.md).

Made from the code by `python -m tools.metrics`.

| name | kind | labels | what |
|---|---|---|---|
"""


def collectors() -> list[Any]:
    """Every metric of ours, by name."""
    for module in _MODULES:
        importlib.import_module(module)
    found = {id(one): one for one in REGISTRY._collector_to_names if isinstance(one, MetricWrapperBase)}
    return sorted((one for one in found.values() if name_of(one).startswith(_OURS)), key=name_of)


def name_of(collector: Any) -> str:
    """The name under which it is scraped; of a histogram the part that `_bucket`, `_sum` and `_count` follow."""
    return f"{collector._name}_total" if collector._type == "counter" else str(collector._name)


def render() -> str:
    """The document."""
    rows = (
        f"| `{name_of(one)}` | {one._type} | {', '.join(one._labelnames)} | {one._documentation} |\n"
        for one in collectors()
    )
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    print(f"{PATH.relative_to(PATH.parents[1])} written")
