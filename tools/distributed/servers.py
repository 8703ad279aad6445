"""The servers that the services need: those that settings name, else ones of our own on loopback."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from supportbot.standalone.settings import StandaloneSettings
from tests.servers.postgres import postgres_server
from tests.servers.rabbitmq import broker_of_node, rabbitmq_broker
from tests.servers.rabbitmq_node import RabbitNode, programs
from tests.servers.redis import RedisMissingError, own_redis
from tests.servers.stand_in import stand_in
from tools.distributed.layout import FOLDER

TOKEN = "1000001:fake-token-of-the-local-telegram-server"  # noqa: S105  # of a server that is not Telegram
_FAKE_KEY = "local-model-key"


@contextmanager
def servers(given: StandaloneSettings) -> Iterator[dict[str, str]]:
    """Start what settings do not name; gives the settings by which the services find it.

    RabbitMQ takes longest and is not waited for: the services wait for it themselves.
    """
    found: dict[str, str] = {}
    with ExitStack() as stack:
        if not given.rabbitmq_url.get_secret_value():
            found |= _rabbitmq(stack)
        if not given.db_host:
            found |= _postgres(stack)
        if not given.qdrant_url:
            found |= _qdrant(stack)
        if not given.redis_host:
            found |= _redis(stack)
        if not given.telegram_bot_token.get_secret_value():
            address = stack.enter_context(stand_in("telegram", FOLDER / "telegram.log", "--token", TOKEN))
            found |= {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": address}
        if not given.openai_api_key.get_secret_value():
            address = stack.enter_context(stand_in("openai", FOLDER / "openai.log", "--key", _FAKE_KEY))
            found |= {"OPENAI_API_KEY": _FAKE_KEY, "OPENAI_API_BASE": address}
        yield found


def _rabbitmq(stack: ExitStack) -> Mapping[str, str]:
    folder = programs()
    if folder is None:
        return {"RABBITMQ_URL": stack.enter_context(rabbitmq_broker()).url()}
    home = Path(tempfile.mkdtemp(prefix="supportbot-rabbitmq-"))
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    node = RabbitNode(folder, home)
    stack.callback(node.stop)
    node.launch()
    return {"RABBITMQ_URL": broker_of_node(node).url()}


def _postgres(stack: ExitStack) -> Mapping[str, str]:
    server = stack.enter_context(postgres_server())
    return {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_NAME": server.database,
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
    }


def _qdrant(stack: ExitStack) -> Mapping[str, str]:
    folder = (FOLDER / "qdrant").absolute()
    shutil.rmtree(folder, ignore_errors=True)  # as the database, which says what is in it
    return {"QDRANT_URL": stack.enter_context(stand_in("qdrant", FOLDER / "qdrant.log", "--folder", str(folder)))}


def _redis(stack: ExitStack) -> Mapping[str, str]:
    try:
        address = stack.enter_context(own_redis()).address
    except RedisMissingError:
        return {}  # memory takes its place
    return {"REDIS_HOST": address.host, "REDIS_PORT": str(address.port), "REDIS_PASSWORD": address.password}


def jwt_key() -> str:
    """The key that signs sign-ins on this machine; kept, so that they survive a restart."""
    path = FOLDER / "jwt_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii")
