"""The servers that the services need: those that settings name, else ones of our own on loopback."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.postgres import postgres_server
from tests.servers.process import free_port
from tests.servers.rabbitmq import rabbitmq_broker
from tools.distributed.layout import FOLDER

TOKEN = "1000001:fake-token-of-the-local-telegram-server"  # noqa: S105  # of a server that is not Telegram
_FAKE_KEY = "local-model-key"
_TRIES = 100


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Start what is missing; gives the settings by which the services find everything."""
    settings: dict[str, str] = {}
    with ExitStack() as stack:
        settings |= _postgres(stack)
        settings |= _rabbitmq(stack)
        settings |= _qdrant(stack)
        settings |= _telegram(stack)
        settings |= _model(stack)
        yield settings


def _postgres(stack: ExitStack) -> dict[str, str]:
    if os.environ.get("DB_HOST"):
        return {}
    server = stack.enter_context(postgres_server())
    return {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_NAME": server.database,
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
    }


def _rabbitmq(stack: ExitStack) -> dict[str, str]:
    if os.environ.get("RABBITMQ_URL"):
        return {}
    return {"RABBITMQ_URL": stack.enter_context(rabbitmq_broker()).url()}


def _qdrant(stack: ExitStack) -> dict[str, str]:
    if os.environ.get("QDRANT_URL"):
        return {}
    port = free_port()
    _fake(stack, "qdrant", port, "--folder", str((FOLDER / "qdrant").absolute()))
    return {"QDRANT_URL": f"http://127.0.0.1:{port}"}


def _telegram(stack: ExitStack) -> dict[str, str]:
    if os.environ.get("TELEGRAM_BOT_TOKEN"):
        return {}
    port = free_port()
    _fake(stack, "telegram", port, "--token", TOKEN)
    return {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": f"http://127.0.0.1:{port}"}


def _model(stack: ExitStack) -> dict[str, str]:
    if os.environ.get("OPENAI_API_KEY"):
        return {}
    port = free_port()
    _fake(stack, "openai", port, "--key", _FAKE_KEY)
    return {"OPENAI_API_KEY": _FAKE_KEY, "OPENAI_API_BASE": f"http://127.0.0.1:{port}/v1"}


def _fake(stack: ExitStack, name: str, port: int, *arguments: str) -> None:
    """A stand-in server as a child that is stopped with us; returns when it has said its address."""
    log = stack.enter_context((FOLDER / f"{name}.log").open("w+b"))
    child = subprocess.Popen(  # our own module
        [sys.executable, "-m", f"tests.fakes.{name}", "--port", str(port), *arguments], stdout=log, stderr=log
    )
    stack.callback(_stop, child)
    for _ in range(_TRIES):
        if child.poll() is not None:
            raise RuntimeError(f"The stand-in for {name} did not start; see {FOLDER / name}.log")
        if Path(log.name).stat().st_size:
            return
        time.sleep(0.1)
    raise RuntimeError(f"The stand-in for {name} said nothing; see {FOLDER / name}.log")


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def jwt_key() -> str:
    """The key that signs sign-ins on this machine; kept, so that they survive a restart."""
    path = FOLDER / "jwt_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii")
