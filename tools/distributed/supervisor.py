"""Keeps servers and services running until it is told to stop; whatever dies is started again."""

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from supportbot.common.errors import SupportbotError
from supportbot.common.knowledge.folder_lock import FolderLock
from supportbot.common.process import PortTakenError
from supportbot.common.settings import load_settings
from supportbot.common.telemetry.logging import set_up_logging
from supportbot.standalone.running import SERVICES_NOTE, announce_services, withdraw_services
from supportbot.standalone.settings import StandaloneSettings
from tests.servers.postgres import ServerMissingError
from tests.servers.postgres_node import PostgresNodeError
from tests.servers.process import Program
from tools.distributed.home import make_home, remove_home
from tools.distributed.layout import FOLDER, MODULES, SAMPLE, STATE, ports, taken_port
from tools.distributed.probe import problems
from tools.distributed.servers import RABBITMQ, Servers, jwt_key, servers
from tools.distributed.state import State, note
from tools.distributed.supervised import Supervised

LOOK_EVERY_S = 0.2
HOPELESS_AFTER = 3
"""So often one may end before all have been ready once: its settings are wrong, or its port is taken."""

_REMEDY = (
    "Install Debian's postgresql and rabbitmq-server (redis-server is optional), or Docker or Podman, "
    "or name servers by DB_HOST and RABBITMQ_URL"
)


class ProgramEndsError(SupportbotError):
    """A server or service does not stay up."""


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    set_up_logging("supervisor", pretty=True)
    note(State(os.getpid()))
    try:
        # All services' settings at once, before anything is started: every problem is named in one message.
        given = load_settings(StandaloneSettings, run_mode="all")
        where = ports()
        if taken := taken_port(where):
            raise PortTakenError(taken)
        with ExitStack() as stack:
            stack.callback(FolderLock(given.data_folder).release)
            stack.callback(remove_home)
            made = servers(given, make_home(), stack)
            announce_services(given.data_folder, made.settings)
            stack.callback(withdraw_services, given.data_folder)
            services = _services(given, made.settings, where)
            for child in [*made.children, *services]:  # services end first, as they are the last to be taken in
                stack.callback(child.stop)
            for service in services:  # before any is waited for
                stack.callback(service.begin_to_stop)
            supervise(made, services, where, _more(made.settings, given.data_folder), told)
    except ServerMissingError as error:
        sys.exit(f"{error}. {_REMEDY}")
    except (SupportbotError, PostgresNodeError, ValueError) as error:
        sys.exit(str(error))
    finally:
        STATE.unlink(missing_ok=True)


def _services(given: StandaloneSettings, found: Mapping[str, str], where: Mapping[str, int]) -> list[Supervised]:
    environment = {**os.environ, "SAMPLE_PATH": os.environ.get("SAMPLE_PATH", str(SAMPLE)), **found, "RUN_MODE": "all"}
    if not given.jwt_secret_key.get_secret_value():
        environment["JWT_SECRET_KEY"] = jwt_key()
    made = []
    for name, port in where.items():
        settings = {**environment, "WEB_PORT": str(port)}
        program = Program([sys.executable, "-m", MODULES[name]], Path.cwd(), environment=settings)
        made.append(Supervised(name, program, FOLDER / f"{name}.log", partial(_is_ready, port)))
    return made


def _is_ready(port: int) -> bool:
    return not problems(port)


def supervise(
    made: Servers, services: Sequence[Supervised], where: Mapping[str, int], more: Sequence[str], told: threading.Event
) -> None:
    """Start servers, then services, each again where it ends, until told to stop.

    Raises:
        ProgramEndsError: one ends again and again before all have been ready.
    """
    running = list(made.children)
    # RabbitMQ takes longest and is not waited for: the services wait for it themselves.
    awaited = [server for server in made.children if server.name != RABBITMQ]
    was_ready = False
    while not told.is_set():
        changed = [child.ensure() for child in running]  # of all: any() alone would stop at the first
        if len(running) == len(made.children) and all(server.serves() for server in awaited):
            running += services
        if any(changed) or not was_ready:
            _note(made, running, where, more)
        hopeless = next((child for child in running if not was_ready and child.ends >= HOPELESS_AFTER), None)
        if hopeless is not None:
            raise ProgramEndsError(f"{hopeless.name} does not stay up. It said last:\n{hopeless.said_last()}")
        was_ready = was_ready or (len(running) > len(made.children) and all(one.serves() for one in running))
        told.wait(LOOK_EVERY_S)


def _note(made: Servers, running: Sequence[Supervised], where: Mapping[str, int], more: Sequence[str]) -> None:
    note(
        State(
            os.getpid(),
            _summary(where, more),
            {child.name: child.pid for child in running},
            dict(where) if len(running) > len(made.children) else {},
            made.ports,
            {child.name: child.told for child in running if child.told},
        )
    )


def _summary(where: Mapping[str, int], more: Sequence[str]) -> str:
    pages = {"admin-api": "/inbox", "gateway": "/   (chat)"}
    lines = [f"  {name:10} http://localhost:{port}{pages.get(name, '')}" for name, port in where.items()]
    return "\n".join([*lines, *more, f"  Logs are in {FOLDER}; make down stops everything."])


def _more(found: Mapping[str, str], data: Path) -> list[str]:
    """The servers of our own, and what to set to use others."""
    lines = []
    if "DB_HOST" in found:
        where = f"{found['DB_HOST']}:{found['DB_PORT']}"
        lines.append(f"  PostgreSQL one of our own at {where}, forgotten by make down; set DB_HOST for another")
    if "RABBITMQ_URL" in found:
        where = found["RABBITMQ_URL"].rpartition("@")[2].partition("/")[0]
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
    lines.append(
        f"  The supportbot command, given in this folder, reaches these; their settings are in {data / SERVICES_NOTE}"
    )
    return lines


if __name__ == "__main__":
    main()
