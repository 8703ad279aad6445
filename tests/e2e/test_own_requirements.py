"""Each service's own locked requirements are all that it needs, and nothing that only others need."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import Process
from tests.e2e.services import JWT_SECRET_KEY
from tests.servers.process import free_port
from tools.distributed.layout import MODULES, ROOT

UNREACHABLE = ("Failed to fetch", "error sending request", "dns error", "Could not connect", "timed out")
OF_OTHERS = {
    "gateway": {"openai", "qdrant-client", "qdrant-edge-py", "pystemmer", "numpy", "trafilatura", "typer"},
    "answerer": {"aiogram", "jinja2", "python-multipart", "trafilatura", "watchfiles", "typer"},
    "indexer": {"aiogram", "jinja2", "python-multipart", "sse-starlette", "typer"},
    "admin-api": {"aiogram", "openai", "qdrant-client", "qdrant-edge-py", "numpy", "trafilatura", "typer"},
}

EVERY_MODULE = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


def uv(*arguments: str) -> str:
    """Run uv as the developer's own settings say; skipped where packages cannot be had."""
    program = Path(sys.executable).with_name("uv")
    found = str(program) if program.exists() else shutil.which("uv")
    if found is None:
        pytest.skip("uv was not found; NOTHING was tried with the services' own requirements")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False, timeout=200)
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip(f"Packages could not be had, NOTHING was tried with the services' own requirements: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own packages, built with what is installed here."""
    folder, source = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("source")
    for member in ("libs/common", *(f"services/{name}" for name in MODULES)):
        copy = source / member
        shutil.copytree(ROOT / member, copy, ignore=shutil.ignore_patterns("__pycache__", "build", "dist"))
        uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", str(folder), str(copy))
    return folder


def wheel(folder: Path, name: str) -> str:
    """The file of a package."""
    found = list(folder.glob(f"supportbot_{name.replace('-', '_')}-*.whl"))
    assert len(found) == 1, found
    return str(found[0])


def every_module_is_imported(python: str, name: str) -> None:
    """What is imported only where it is used is there too."""
    command = [python, "-c", EVERY_MODULE, MODULES[name]]
    imported = subprocess.run(command, cwd=Path(python).parent, capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", MODULES)
async def test_a_service_starts_with_its_own_requirements_only(name: str, wheels: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    python = str(venv / "bin" / "python")
    uv("venv", "--python", sys.executable, str(venv))
    uv("pip", "install", "--python", python, "--require-hashes", "-r", str(ROOT / "requirements" / f"{name}.txt"))
    uv("pip", "install", "--python", python, "--no-deps", wheel(wheels, "common"), wheel(wheels, name))

    installed = {line.partition("==")[0] for line in uv("pip", "freeze", "--python", python).splitlines()}
    assert installed & OF_OTHERS[name] == set()
    uv("pip", "check", "--python", python)
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
        assert await service.stop() == 0
    finally:
        await service.discard()
    assert service.errors_in_log() == []
