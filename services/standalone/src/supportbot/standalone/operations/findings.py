"""What of a report is wrong, each with what to do: for somebody who does not know how it all hangs together."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from supportbot.standalone.operations.finding import Finding
from supportbot.standalone.operations.monitoring import is_short
from supportbot.standalone.operations.records import NO_DATABASE
from supportbot.standalone.operations.telegram_findings import of_telegram

Part = Mapping[str, Any]
_LEAST_PERCENT: Final = 5.0
_MOST_CONNECTIONS: Final = 0.9
_NEWS_MINUTES: Final = 60
_OVER: Final = frozenset({"webhook_works"})
_SERVICES: Final = {"supportbot-gateway", "supportbot-answerer", "supportbot-indexer", "supportbot-admin-api"}
_ROOM: Final = (
    "Make room: `supportbot maintain` removes old logs; look for old backups and `before-restore-…` in the data "
    "folder. Until then nothing new is accepted, and nothing that was accepted is lost"
)
_SERVERS: Final = {
    "RabbitMQ": "See that it runs and that RABBITMQ_URL names its host, port, user and password. Questions are "
    "answered meanwhile, more slowly; nothing is lost",
    "Qdrant": "See that it runs and that QDRANT_URL and QDRANT_API_KEY are right. Until then questions go to people",
    "Redis": "See that it runs and that REDIS_HOST, REDIS_PORT and REDIS_PASSWORD are right. Each process counts for "
    "itself meanwhile",
}
_PARTS: Final = {
    "database": "See what the part database of this report says",
    "start": "It waits for something and goes on by itself; its log names what",
    "questions": _SERVERS["RabbitMQ"],
    "document_events": _SERVERS["RabbitMQ"],
    "knowledge_index": "The index folder, or Qdrant where QDRANT_URL is set. A damaged folder can be deleted while "
    "nothing runs: it is made again from the documents",
    "documents": "See that DOCUMENTS_PATH is a folder that the product's user can read",
    "telegram": "See what the part telegram of this report says",
}
_VERSIONS: Final = {
    "no tables": "Start the product, or give `supportbot db migrate`: either makes them",
    "older than this program": "`supportbot db migrate` brings them up to date; so does a start. Restart processes of "
    "the version before",
    "newer than this program": "A newer version has been here: install that one again, or restore a backup of before",
}
_REFUSED: Final = {
    401: "OPENAI_API_KEY is wrong, expired or of another server: take a new one, then restart",
    403: "OPENAI_API_KEY may not use this server, or not from this country or address",
    404: "OPENAI_API_BASE has to end where the server's API begins, often in /v1",
    429: "Its limits or its budget are used up: see the account at the model's provider",
}


def findings(report: Mapping[str, Part]) -> list[Finding]:
    """The machine first, then whom the product needs, then itself: a fault shows first where it is."""
    looks: Mapping[str, Callable[[Part], Iterator[Finding]]] = {
        "machine": _of_machine,
        "database": _of_database,
        "servers": _of_servers,
        "processes": _of_processes,
        "telegram": of_telegram,
        "model": _of_model,
    }
    found = []
    for name, look in looks.items():
        part = report[name]
        if isinstance(part.get("problem"), str):
            found.append(Finding(f"{name}: {part['problem']}", _advice(name, part["problem"])))
        else:
            found.extend(look(part))
    return [*found, *_of_absence(report), *_of_names(report["misspelt"]), *_of_alerts(report["database"])]


def _advice(name: str, problem: str) -> str:
    if name != "database":
        return "Give this command as the user that the product runs as, in the folder where it runs"
    first = "A first start makes it" if problem.startswith(NO_DATABASE) else "Do as the message says"
    return (
        f"{first}. Where the product runs with other settings than these: give this command in its folder "
        "(/opt/telegram-bot with units), so that both read the same .env"
    )


def _of_machine(part: Part) -> Iterator[Finding]:
    for place, disk in part["disks"].items():
        if disk["free_percent"] < _LEAST_PERCENT:
            yield Finding(f"the disk of {place} is full: {disk['free_mb']} of {disk['total_mb']} MB are free", _ROOM)
        if not disk["writable"]:
            yield Finding(
                f"{place} cannot be written to by whoever gives this command",
                "Where the product runs as another user, give it as that one (sudo -u telegram-bot …). Where it is the "
                "same: make the folder that user's (chown), and see that its disk is not mounted read-only",
            )
    memory = part["memory"]
    if memory and memory["available_mb"] * 100 < memory["total_mb"] * _LEAST_PERCENT:
        yield Finding(
            f"memory is used up: {memory['available_mb']} of {memory['total_mb']} MB are available",
            "`ps aux --sort=-rss | head` says by whom; “How large” in docs/deploying.md says what the product needs",
        )


def _of_database(part: Part) -> Iterator[Finding]:
    advice = _VERSIONS.get(part["version"])
    if advice:
        yield Finding(f"the database: {part['version']} ({part['tables']}, here {part['newest']})", advice)
    connections = part.get("connections")
    if connections and connections["used"] > _MOST_CONNECTIONS * connections["most"]:
        yield Finding(
            f"PostgreSQL's connections are used up: {connections['used']} of {connections['most']}",
            "`supportbot db check-connections` says by whom; raise max_connections, or lower DB_POOL_SIZE and "
            "DB_MAX_OVERFLOW",
        )


def _of_servers(part: Part) -> Iterator[Finding]:
    for name, server in part.items():
        if server["problem"]:
            yield Finding(f"{name} cannot be used: {server['problem']}", _SERVERS[name])


def _of_processes(part: Part) -> Iterator[Finding]:
    for name, process in part.items():
        if not process["status"]:
            yield Finding(
                f"{name} does not answer at {process['address']}: {process['health']}",
                f"`systemctl status {name}` and `journalctl -u {name} -n 50` say why; `systemctl restart {name}`"
                if "state" in process
                else "It hangs, or has just been started: its log says which. A restart loses nothing",
            )
            continue
        health = process["health"]
        parts = health.get("parts", {}) if isinstance(health, dict) else {}
        for one, said in parts.items():
            if said != "ok":
                yield Finding(f"{name} is not ready, {one}: {said}", _PARTS.get(one, _PARTS["telegram"]))
        pool = process["connection_pool"] or {}
        used, size, beyond = (int(pool.get(key, 0)) for key in ("checked_out", "size", "overflow"))
        if is_short(used, size, beyond, over_percent=100 * _MOST_CONNECTIONS):
            yield Finding(
                f"{name} has no database connections to spare: {used} of {size} in use, {beyond} beyond",
                "`supportbot db slow-queries` says what takes long; docs/operating.md has the pools' settings",
            )


def _of_model(part: Part) -> Iterator[Finding]:
    if "status" in part and part["status"] != 200:  # noqa: PLR2004  # HTTP's
        yield Finding(
            f"the model's server: {part['status'] or 'no answer'}, {part['said']}",
            f"{_REFUSED.get(part['status'], 'See that OPENAI_API_BASE is right and reached from here (DNS, proxy)')}. "
            "Meanwhile answers are quoted from the documents",
        )


def _of_absence(report: Mapping[str, Part]) -> Iterator[Finding]:
    """Who does not run at all."""
    connected = set((report["database"].get("connections") or {}).get("ours", ()))
    if not report["processes"] and not connected:
        yield Finding(
            "nothing of the product runs here: no process on this data folder, no unit of systemd that is enabled",
            "Start it: `systemctl start telegram-bot telegram-bot-web`, `make run` or `docker-compose up -d`. In a "
            "container only the container itself is seen: ask `docker-compose ps` or `kubectl get pods`",
        )
    missing = _SERVICES - connected
    if connected & _SERVICES and missing and "supportbot" not in connected:
        yield Finding(
            f"not connected to the database: {', '.join(sorted(missing))}; others of the services are",
            "Start what you do not do without on purpose; the log of its unit or container says why it ended",
        )


def _of_names(part: Part) -> Iterator[Finding]:
    for name, meant in part.items():
        if name != "problem":
            yield Finding(f".env sets {name}, which is no setting", f"If {meant} was meant, rename it and restart")


def _of_alerts(database: Part) -> Iterator[Finding]:
    """What the product noticed by itself, each kind once: things that a look from outside does not show."""
    told: set[str] = set()
    for alert in database.get("alerts", ()):
        if alert["minutes_ago"] < _NEWS_MINUTES and alert["kind"] not in told | _OVER:
            told.add(alert["kind"])
            yield Finding(
                f"an alert of {alert['minutes_ago']} minutes ago: {alert['text']}",
                "docs/runbook.md says what to do; it may be over where nothing else here speaks of it",
            )
