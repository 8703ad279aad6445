"""Prometheus metrics of the Telegram channel."""

from prometheus_client import Counter, Gauge, Histogram

UPDATES = Counter("supportbot_telegram_updates_total", "Updates taken in", ["kind", "outcome"])
QUARANTINED = Counter("supportbot_telegram_quarantined_total", "Updates that could not be read and were kept aside")
UNCERTAIN = Counter("supportbot_telegram_uncertain_total", "Replies of which nobody knows whether they arrived")
REPEATED = Counter(
    "supportbot_telegram_repeated_total", "Uncertain replies that were settled by a repeat or an operator"
)
SEND_SECONDS = Histogram(
    "supportbot_telegram_send_seconds",
    "One request to send",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DRAFTS = Counter("supportbot_telegram_drafts_total", "Answers shown while they were written", ["outcome"])
DRAFT_SECONDS = Histogram(
    "supportbot_telegram_first_draft_seconds",
    "From the first checked sentence, as the gateway heard it, until Telegram showed it",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5),
)
POLL_ERRORS = Counter("supportbot_telegram_poll_errors_total", "Attempts to fetch updates that failed", ["cause"])
OVER_LIMIT = Counter(
    "supportbot_messages_over_limit_total", "Messages beyond what one person may write in a minute", ["channel"]
)
UPDATE_MODE = Gauge(
    "supportbot_telegram_update_mode", "1 for the way on which this process has a bot's updates come", ["bot", "mode"]
)
UPDATE_MODE_CHANGES = Counter(
    "supportbot_telegram_update_mode_changes_total", "Changes between webhook and polling", ["bot", "mode"]
)
IN_FLIGHT = Gauge("supportbot_telegram_in_flight", "Requests to send that are on their way")
FILES_FETCHED = Counter(
    "supportbot_telegram_files_total", "Files that people sent and somebody wanted to see, fetched or not", ["outcome"]
)
