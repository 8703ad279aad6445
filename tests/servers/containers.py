"""Container engines that may start a server where its own programs are missing."""

import shutil
import subprocess


def container_engine() -> str | None:
    """The engine's command, or None where none answers."""
    return next((name for name in ("docker", "podman") if _answers(name)), None)


def _answers(name: str) -> bool:
    if shutil.which(name) is None:
        return False
    try:
        return subprocess.run([name, "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
