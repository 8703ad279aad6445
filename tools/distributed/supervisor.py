"""Keeps servers and services running until it is told to stop; a service that dies is started again."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import ExitStack

from tools.distributed.layout import FOLDER, MODULES, SAMPLE, SERVICES, STATE
from tools.distributed.servers import jwt_key, servers

RESTART_AFTER_S = 1.0
STOP_WITHIN_S = 40.0


class Supervised:
    """One service process."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self.name = name
        self.port = int(environment.get("WEB_PORT") or SERVICES[name])
        self._environment = environment | {"WEB_PORT": str(self.port)}
        self._log = (FOLDER / f"{name}.log").open("ab")
        self._child: subprocess.Popen[bytes] | None = None

    def ensure(self) -> None:
        """Start it where it does not run."""
        if self._child is None or self._child.poll() is not None:
            command = [sys.executable, "-m", MODULES[self.name]]
            self._child = subprocess.Popen(  # our own module
                command, env=self._environment, stdout=self._log, stderr=self._log
            )

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004  # HTTP's own number
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Let it finish what it began."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._log.close()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    _note(ready=False, summary="Starting.")
    with ExitStack() as stack:
        found = stack.enter_context(servers())
        own = {"JWT_SECRET_KEY": jwt_key(), "SAMPLE_PATH": str(SAMPLE)}
        environment = dict(os.environ) | found | own
        services = [Supervised(name, environment) for name in SERVICES]
        for service in services:
            stack.callback(service.stop)
        ready = False
        while not told.is_set():
            for service in services:
                service.ensure()
            if not ready and all(service.is_ready() for service in services):
                ready = True
                _note(ready=True, summary=_summary(services, found))
            told.wait(RESTART_AFTER_S if ready else 0.2)
    STATE.unlink(missing_ok=True)


def _summary(services: list[Supervised], found: dict[str, str]) -> str:
    lines = [f"  {service.name:10} http://localhost:{service.port}" for service in services]
    if "TELEGRAM_API_BASE" in found:
        lines.append(
            f"  Telegram   a stand-in at {found['TELEGRAM_API_BASE']}; set TELEGRAM_BOT_TOKEN for the real one"
        )
    if "OPENAI_API_BASE" in found:
        lines.append(f"  model      a stand-in at {found['OPENAI_API_BASE']}; set OPENAI_API_KEY for a real one")
    if "QDRANT_URL" in found:
        lines.append(f"  Qdrant     a stand-in at {found['QDRANT_URL']}; set QDRANT_URL for a real one")
    return "\n".join([*lines, f"  Logs are in {FOLDER}; make down stops everything."])


def _note(*, ready: bool, summary: str) -> None:
    beside = STATE.with_suffix(".new")
    beside.write_text(json.dumps({"pid": os.getpid(), "ready": ready, "summary": summary}), encoding="utf-8")
    beside.replace(STATE)


if __name__ == "__main__":
    main()
