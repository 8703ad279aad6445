"""The script's own environment: its libraries are none of the product's, and none of its development either."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
LOCKED = REPOSITORY / "requirements" / "bench-rivals.txt"
FOLDER = REPOSITORY / "build" / "rivals"


class NoEnvironmentError(Exception):
    """The script's libraries cannot be installed here."""


def script_command() -> list[str]:
    """The script's interpreter and file; the environment is made where it is missing or old.

    Raises:
        NoEnvironmentError: the package index cannot be reached, or lacks one of the libraries.
    """
    stamp, python = FOLDER / "installed.txt", FOLDER / "bin" / "python"
    wanted = LOCKED.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        uv = str(Path(sys.executable).with_name("uv"))
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER))
        options = ("--quiet", "--require-hashes", "--compile-bytecode", "--python", str(python))
        _run(uv, "pip", "install", *options, "-r", str(LOCKED))
        stamp.write_text(wanted, encoding="utf-8")
    return [str(python), str(Path(__file__).with_name("script.py"))]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoEnvironmentError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else command[1])
