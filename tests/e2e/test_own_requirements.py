"""Each service's own locked requirements are all that it needs, and nothing that only others need."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.commands import environment
from tests.e2e.process import Process
from tests.e2e.services import JWT_SECRET_KEY
from tests.servers.process import free_port
from tools import package_sizes
from tools.distributed.layout import MODULES, ROOT

UNREACHABLE = ("Failed to fetch", "error sending request", "dns error", "Could not connect", "timed out")
OF_OTHERS = {
    "gateway": {"openai", "qdrant-client", "qdrant-edge-py", "pystemmer", "numpy", "trafilatura", "typer"},
    "answerer": {"aiogram", "qdrant-edge-py", "jinja2", "python-multipart", "trafilatura", "watchfiles", "typer"},
    "indexer": {"aiogram", "qdrant-edge-py", "jinja2", "python-multipart", "sse-starlette", "typer"},
    "admin-api": {"aiogram", "openai", "qdrant-client", "qdrant-edge-py", "numpy", "trafilatura", "typer"},
}

EVERY_MODULE = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


def uv_program() -> str:
    """The developer's own uv, as it is set up there."""
    program = Path(sys.executable).with_name("uv")
    found = str(program) if program.exists() else shutil.which("uv")
    if found is None:
        pytest.skip("uv was not found; NOTHING was tried with the services' own requirements")
    return found


def skip_without_packages(done: subprocess.CompletedProcess[str]) -> None:
    """Where packages cannot be had, nothing of this can be tried."""
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip(f"Packages could not be had, NOTHING was tried with the services' own requirements: {done.stderr}")


def uv(*arguments: str) -> str:
    """Run uv; returns what it printed."""
    done = subprocess.run([uv_program(), *arguments], capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Dockerfile copies, so that building leaves nothing in our own folders."""
    copy = tmp_path_factory.mktemp("source")
    for member in ("libs", "services", "requirements", "infra/docker"):
        shutil.copytree(ROOT / member, copy / member, ignore=shutil.ignore_patterns("__pycache__", "build", "dist"))
    return copy


def install(source: Path, target: str, venv: Path) -> str:
    """Do what the Dockerfile does; returns the interpreter."""
    program = uv_program()
    surroundings = {**os.environ, "UV": program, "PYTHON": sys.executable}
    for step in ("requirements", "packages"):
        done = subprocess.run(
            [source / "infra/docker/install.sh", step, target, venv],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        skip_without_packages(done)
        assert done.returncode == 0, done.stderr
    return str(venv / "bin" / "python")


def every_module_is_imported(python: str, name: str) -> None:
    """What is imported only where it is used is there too."""
    command = [python, "-c", EVERY_MODULE, MODULES[name]]
    imported = subprocess.run(command, cwd=Path(python).parent, capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr


def bytecode_is_not_held_against_times(venv: Path, package: str) -> bool:
    """A layer of an image may change the times of files, and the root cannot be written to."""
    compiled = next((venv / "lib").glob(f"python*/site-packages/{package}/**/__pycache__/settings.*.pyc"))
    return compiled.read_bytes()[4] == 0b01


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", MODULES)
async def test_a_service_starts_with_its_own_requirements_only(name: str, source: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    python = install(source, name, venv)

    installed = {line.partition("==")[0] for line in uv("pip", "freeze", "--python", python).splitlines()}
    assert installed & OF_OTHERS[name] == set()
    uv("pip", "check", "--python", python)
    assert package_sizes.megabytes(venv) <= package_sizes.LIMITS[name]
    assert bytecode_is_not_held_against_times(venv, MODULES[name].replace(".", "/"))
    every_module_is_imported(python, name)

    away = str(free_port())
    settings = {
        "DB_HOST": "127.0.0.1",
        "DB_PORT": away,
        "RABBITMQ_URL": f"amqp://127.0.0.1:{away}/",
        "QDRANT_URL": f"http://127.0.0.1:{away}",
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": away,
        "JWT_SECRET_KEY": JWT_SECRET_KEY,
    }
    service = Process([python, "-m", MODULES[name]], tmp_path, settings, log="service.log")
    service.launch()
    try:
        await service.until_it_says("/health/live", httpx.codes.OK)
        assert probe(python, service.port, "/health/live") == 0
        assert probe(python, service.port, "/health/ready") == 1  # its servers are away
        assert await service.stop() == 0
    finally:
        await service.discard()
    assert service.errors_in_log() == []
    assert probe(python, service.port, "/health/live") == 1


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_everything_in_one_process_starts_and_answers_with_its_own_requirements(
    source: Path, tmp_path: Path
) -> None:
    venv, folder = tmp_path / "venv", tmp_path / "app"
    python = install(source, "all-in-one", venv)
    assert package_sizes.megabytes(venv) <= package_sizes.LIMITS["all-in-one"]
    product = Process([str(venv / "bin" / "supportbot"), "run"], folder, {}, log="service.log")
    await product.start()
    try:
        assert probe(python, product.port) == 0
        assert run_in(folder, [str(venv / "bin" / "supportbot"), "ask", "How do I return an item?"]) == 0
        assert await product.stop() == 0
    finally:
        await product.discard()
    assert sorted(path.name for path in folder.iterdir()) == ["data", "service.log"]  # the root may be read-only


def run_in(folder: Path, command: list[str]) -> int:
    """The exit code of a command."""
    return subprocess.run(command, cwd=folder, env=environment({}), capture_output=True, check=False).returncode


def probe(python: str, port: int, *path: str) -> int:
    """What the image's HEALTHCHECK would say."""
    command = [python, "-m", "supportbot.common.probe", *path]
    return subprocess.run(
        command, env=environment({"WEB_PORT": str(port)}), capture_output=True, check=False
    ).returncode
