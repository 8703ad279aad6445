"""Whether a webhook delivers: what one look after the other says about it.

Telegram's moments are only compared with each other, and so are the database's: no two clocks have to agree.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FAILURES_THAT_CONVINCE = 2
Verdict = Literal["works", "quiet", "doubtful", "failing", "elsewhere"]


@dataclass(frozen=True, slots=True)
class WebhookReport:
    """What Telegram says about a bot's webhook."""

    url: str
    pending: int
    """Updates that wait to be delivered."""
    failed_at: int
    """The second of the newest failed delivery, by Telegram's clock; 0 where there was none."""
    error: str
    """Why it failed, in Telegram's words."""


@dataclass(frozen=True, slots=True)
class Look:
    """What Telegram says, and when the newest update of the bot was stored by any process, by the database's clock."""

    report: WebhookReport
    stored_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest look, what it means after those before it, and how many of them saw new failures and no success."""

    look: Look
    verdict: Verdict
    failures: int = 0


def weigh(before: Evidence | None, look: Look, url: str) -> Evidence:
    """What a look means. `url` is where updates are to be sent to.

    A webhook fails when Telegram could not deliver twice, at moments that two looks saw, while nothing came through and
    what waits did not become less. One failure is a hiccup; waiting updates alone may be on their way.
    """
    report = look.report
    if report.url != url:
        return Evidence(look, "elsewhere")
    if before is None or before.verdict == "elsewhere":
        return Evidence(look, "quiet")
    if _is_newer(look.stored_at, before.look.stored_at):
        return Evidence(look, "works")
    if report.pending == 0 or report.pending < before.look.report.pending:
        return Evidence(look, "quiet")
    failures = before.failures + (report.failed_at > before.look.report.failed_at)
    if failures >= FAILURES_THAT_CONVINCE:
        return Evidence(look, "failing", failures)
    return Evidence(look, "doubtful" if failures else "quiet", failures)


def _is_newer(moment: datetime | None, before: datetime | None) -> bool:
    return moment is not None and (before is None or moment > before)
