"""From `git clone` to the first answer, with the package cache warm."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.figures import Figure
from tests.e2e.product import free_port
from tests.e2e.visitor import Visitor

REPOSITORY = Path(__file__).parents[2]
WITHIN_S = 600.0
LOOK_EVERY_S = 0.1


async def measure() -> AsyncIterator[Figure]:
    """`git clone`, `make run`, one question."""
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", f"file://{REPOSITORY}", f"{folder}/supportbot"], check=True)  # noqa: ASYNC221  # nothing else runs
        base_url = f"http://127.0.0.1:{free_port()}"
        with _made_to_run(Path(folder) / "supportbot", base_url) as process:
            _wait_until_ready(process, base_url)
            async with Visitor(base_url) as visitor:
                await visitor.ask("How do I return an item?")
            yield Figure("git clone to the first answer", time.monotonic() - began, "s", 90.0, "package cache warm")


@contextmanager
def _made_to_run(clone: Path, base_url: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = {"WEB_PORT": base_url.rpartition(":")[2]}
    unset = {"VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    process = subprocess.Popen(["make", "run"], cwd=clone, env=environment | settings, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(40)


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"make run ended with {process.returncode}")
        try:
            if httpx.get(f"{base_url}/health/ready", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(LOOK_EVERY_S)
    raise TimeoutError(f"make run was not ready within {WITHIN_S} s")
