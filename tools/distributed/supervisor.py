"""Keeps servers and services running until it is told to stop; a service that dies is started again."""

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from supportbot.common.errors import SupportbotError
from supportbot.common.process import PortTakenError
from supportbot.common.settings import load_settings
from supportbot.standalone.settings import StandaloneSettings
from tests.servers.postgres import ServerMissingError
from tests.servers.stand_in import StandInError
from tools.distributed.layout import FOLDER, SAMPLE, STATE, ports, taken_port
from tools.distributed.servers import jwt_key, servers
from tools.distributed.state import State, note
from tools.distributed.supervised import Supervised

RESTART_AFTER_S = 1.0
LOOK_EVERY_S = 0.2
HOPELESS_AFTER = 3
"""So often a service may end before all have been ready once: its settings are wrong, or its port is taken."""

_REMEDY = (
    "Install Debian's postgresql and rabbitmq-server (redis-server is optional), or Docker or Podman, "
    "or name servers by DB_HOST and RABBITMQ_URL"
)


class ServiceEndsError(SupportbotError):
    """A service does not stay up."""


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    note(State(os.getpid()))
    try:
        # All services' settings at once, before anything is started: every problem is named in one message.
        given = load_settings(StandaloneSettings, run_mode="all")
        where = ports()
        if taken := taken_port(where):
            raise PortTakenError(taken)
        with ExitStack() as stack:
            found = stack.enter_context(servers(given))
            supervise(_services(stack, given, found, where), _more(found), told)
    except ServerMissingError as error:
        sys.exit(f"{error}. {_REMEDY}")
    except (SupportbotError, StandInError, ValueError) as error:
        sys.exit(str(error))
    finally:
        STATE.unlink(missing_ok=True)


def _services(
    stack: ExitStack, given: StandaloneSettings, found: Mapping[str, str], where: Mapping[str, int]
) -> list[Supervised]:
    environment = {**os.environ, "SAMPLE_PATH": os.environ.get("SAMPLE_PATH", str(SAMPLE)), **found, "RUN_MODE": "all"}
    if not given.jwt_secret_key.get_secret_value():
        environment["JWT_SECRET_KEY"] = jwt_key()
    services = [Supervised(name, port, environment) for name, port in where.items()]
    for service in services:
        stack.callback(service.stop)
    for service in services:  # before any is waited for
        stack.callback(service.begin_to_stop)
    return services


def supervise(services: Sequence[Supervised], more: Sequence[str], told: threading.Event) -> None:
    """Start services, again where they end, until told to stop.

    Raises:
        ServiceEndsError: one ends again and again before all have been ready.
    """
    ready = False
    while not told.is_set():
        started = [service.ensure() for service in services]
        hopeless = next((service for service in services if not ready and service.ends >= HOPELESS_AFTER), None)
        if hopeless is not None:
            raise ServiceEndsError(f"{hopeless.name} does not stay up. It said last:\n{hopeless.told_last()}")
        was_ready, ready = ready, ready or all(service.is_ready() for service in services)
        if any(started) or ready != was_ready:
            pids = {service.name: service.pid for service in services}
            note(State(os.getpid(), ready, _summary(services, more) if ready else "Starting.", pids))
        told.wait(RESTART_AFTER_S if ready else LOOK_EVERY_S)


def _summary(services: Sequence[Supervised], more: Sequence[str]) -> str:
    pages = {"admin-api": "/inbox", "gateway": "/   (chat)"}
    lines = [f"  {one.name:10} http://localhost:{one.port}{pages.get(one.name, '')}" for one in services]
    return "\n".join([*lines, *more, f"  Logs are in {FOLDER}; make down stops everything."])


def _more(found: Mapping[str, str]) -> list[str]:
    """The servers of our own, and what to set to use others."""
    lines = []
    if "DB_HOST" in found:
        where = f"{found['DB_HOST']}:{found['DB_PORT']}"
        lines.append(f"  PostgreSQL one of our own at {where}, forgotten by make down; set DB_HOST for another")
    if "RABBITMQ_URL" in found:
        where = found["RABBITMQ_URL"].rpartition("@")[2]
        lines.append(f"  RabbitMQ   one of our own at {where}; set RABBITMQ_URL for another")
    if "REDIS_HOST" in found:
        where = f"{found['REDIS_HOST']}:{found['REDIS_PORT']}"
        lines.append(f"  Redis      one of our own at {where}; set REDIS_HOST for another")
    stand_ins = {
        "QDRANT_URL": ("Qdrant", "QDRANT_URL"),
        "TELEGRAM_API_BASE": ("Telegram", "TELEGRAM_BOT_TOKEN"),
        "OPENAI_API_BASE": ("model", "OPENAI_API_KEY"),
    }
    for address, (name, setting) in stand_ins.items():
        if address in found:
            lines.append(f"  {name:10} a stand-in at {found[address]}; set {setting} for a real one")
    return lines


if __name__ == "__main__":
    main()
