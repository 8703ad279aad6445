"""Environments of rivals: their libraries are none of the product's, and none of its development either."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
REQUIREMENTS = REPOSITORY / "requirements"
BUILD = REPOSITORY / "build"


class NoEnvironmentError(Exception):
    """A rival's libraries cannot be installed here."""


def script_command() -> list[str]:
    """The script's interpreter and file. Raises NoEnvironmentError."""
    return [str(interpreter("bench-rivals")), str(Path(__file__).with_name("script.py"))]


def interpreter(locked: str) -> Path:
    """The Python of an environment with these requirements; it is made where it is missing or old.

    Raises:
        NoEnvironmentError: the package index cannot be reached, or lacks one of the libraries.
    """
    folder = BUILD / locked
    stamp, python, requirements = folder / "installed.txt", folder / "bin" / "python", REQUIREMENTS / f"{locked}.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        uv = str(Path(sys.executable).with_name("uv"))
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        options = ("--quiet", "--require-hashes", "--compile-bytecode", "--python", str(python))
        _run(uv, "pip", "install", *options, "-r", str(requirements))
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoEnvironmentError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else command[1])
