"""Write the rules of infra/monitoring as a resource of Prometheus Operator.

Usage: .venv/bin/python -m tools.prometheus_rule
"""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
RULES = ROOT / "infra" / "monitoring" / "rules" / "supportbot.yml"
PATH = ROOT / "infra" / "k8s" / "components" / "monitoring" / "prometheus-rule.yaml"
_HEAD = "# Made from infra/monitoring/rules/supportbot.yml by `python -m tools.prometheus_rule`.\n"


def render() -> str:
    """The resource."""
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "supportbot"},
        "spec": rules,
    }
    written: str = yaml.safe_dump(resource, sort_keys=False, width=120, allow_unicode=True)
    return _HEAD + written


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    print(f"{PATH.relative_to(ROOT)} written")
