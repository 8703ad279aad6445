"""Every alert is a row too: mails are made of the table, so an event alone would reach nobody by mail."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EVENT_ALONE = re.compile(r"\.emit\(\s*(AlertRaised\(|alert\b)")


def test_no_alert_is_raised_as_an_event_alone() -> None:
    sources = [*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("libs/*/src/**/*.py")]
    alone = {path.name for path in sources if EVENT_ALONE.search(path.read_text(encoding="utf-8"))}
    assert alone == {"alerts.py"}
    raised = [path for path in sources if "raise_alert(tx" in path.read_text(encoding="utf-8")]
    assert len(raised) >= 5
