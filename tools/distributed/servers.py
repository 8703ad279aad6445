"""The servers that the services need: those that settings name, else ones of our own on loopback."""

import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from supportbot.common.settings import SettingsError
from supportbot.standalone.settings import StandaloneSettings
from tests.servers.postgres import postgres_programs, postgres_server
from tests.servers.postgres_node import PostgresNode
from tests.servers.process import Program, free_port
from tests.servers.rabbitmq import broker_of_node, rabbitmq_broker
from tests.servers.rabbitmq_node import RabbitNode, programs
from tests.servers.redis import RedisServer
from tests.servers.stand_in import stand_in_program
from tools.distributed.layout import FOLDER
from tools.distributed.probe import listens
from tools.distributed.supervised import Supervised

TOKEN = "1000001:fake-token-of-the-local-telegram-server"  # noqa: S105  # of a server that is not Telegram
RABBITMQ = "rabbitmq"
POSTGRES = "postgres"
_FAKE_KEY = "local-model-key"


@dataclass
class Servers:
    """Servers of our own, prepared and not started, and the settings by which services find them."""

    home: Path
    stack: ExitStack
    """Ends what a container engine keeps running in place of a program."""
    settings: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    children: list[Supervised] = field(default_factory=list)

    def add(self, name: str, program: Program, port: int) -> None:
        """Take a server in."""
        self.ports[name] = port
        self.children.append(Supervised(name, program, FOLDER / f"{name}.log", partial(listens, port)))

    def folder(self, name: str) -> Path:
        """A folder for one server's data."""
        made = self.home / name
        made.mkdir(mode=0o700)
        return made


def servers(given: StandaloneSettings, home: Path, stack: ExitStack) -> Servers:
    """Prepare what the settings do not name.

    Raises:
        SettingsError: an address is set without what it needs, so that it is not clear whose server is meant.
    """
    _refuse_half_named(given)
    made = Servers(home, stack)
    wanted: dict[Callable[[Servers], None], bool] = {
        _rabbitmq: not given.rabbitmq_url.get_secret_value(),
        _postgres: not given.db_host,
        _qdrant: not given.qdrant_url,
        _redis: not given.redis_host,
        _telegram: not given.telegram_bot_token.get_secret_value(),
        _model: not given.openai_api_key.get_secret_value(),
    }
    for prepare, is_wanted in wanted.items():
        if is_wanted:
            prepare(made)
    return made


def _refuse_half_named(given: StandaloneSettings) -> None:
    pairs = {"openai_api_base": "openai_api_key", "telegram_api_base": "telegram_bot_token"}
    chosen = given.model_fields_set
    problems = [
        f"{key.upper()}: is missing beside {base.upper()}; a server that wants none takes any word"
        for base, key in pairs.items()
        if base in chosen and not getattr(given, key).get_secret_value()
    ]
    if problems:
        raise SettingsError(problems)


def _rabbitmq(made: Servers) -> None:
    folder = programs()
    if folder is None:
        broker = made.stack.enter_context(rabbitmq_broker())
        made.ports[RABBITMQ] = broker.port
    else:
        node = RabbitNode(folder, made.folder(RABBITMQ))
        broker = broker_of_node(node)
        mapper, server = node.programs_to_run()
        made.add("rabbitmq-names", mapper, node.mapper_port)
        made.add(RABBITMQ, server, node.port)
    made.settings["RABBITMQ_URL"] = broker.url()


def _postgres(made: Servers) -> None:
    folder = postgres_programs()
    if folder is None:
        address = made.stack.enter_context(postgres_server())
        made.ports[POSTGRES] = address.port
    else:
        node = PostgresNode(folder, made.folder(POSTGRES))
        node.initialise()
        address = node.address
        made.add(POSTGRES, node.program(), node.port)
    made.settings |= {
        "DB_HOST": address.host,
        "DB_PORT": str(address.port),
        "DB_NAME": address.database,
        "DB_USER": address.user,
        "DB_PASSWORD": address.password,
    }


def _qdrant(made: Servers) -> None:
    made.settings["QDRANT_URL"] = _stand_in(made, "qdrant", "--folder", str(made.folder("qdrant")))


def _redis(made: Servers) -> None:
    if shutil.which("redis-server") is None:
        return  # memory takes its place
    server = RedisServer(made.folder("redis"))
    made.add("redis", server.program(), server.port)
    where = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(server.port)}
    made.settings |= {**where, "REDIS_PASSWORD": server.password}


def _telegram(made: Servers) -> None:
    made.settings |= {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE": _stand_in(made, "telegram", "--token", TOKEN),
    }


def _model(made: Servers) -> None:
    address = _stand_in(made, "openai", "--key", _FAKE_KEY)
    made.settings |= {"OPENAI_API_KEY": _FAKE_KEY, "OPENAI_API_BASE": f"{address}/v1"}


def _stand_in(made: Servers, name: str, *arguments: str) -> str:
    """Its address."""
    port = free_port()
    made.add(name, stand_in_program(name, "--port", str(port), *arguments), port)
    return f"http://127.0.0.1:{port}"


def jwt_key() -> str:
    """The key that signs sign-ins on this machine; kept, so that they survive a restart."""
    path = FOLDER / "jwt_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii")
