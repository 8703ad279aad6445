"""How large what each image holds is, beside its base image. Exit code 1 where one is larger than it may be.

Usage: .venv/bin/python -m tools.package_sizes [TARGET…]
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMITS = {"gateway": 250, "answerer": 250, "indexer": 420, "admin-api": 250, "all-in-one": 480}
"""Megabytes of 1024² bytes; what reads documents is 110 of them."""


def megabytes(folder: Path) -> int:
    """The size of a folder's files, each counted once."""
    files = {(found.st_dev, found.st_ino): found.st_size for found in map(Path.lstat, folder.rglob("*"))}
    return round(sum(files.values()) / 1024**2)


def installed(target: str, folder: Path) -> int:
    """Install a target as the Dockerfile does; returns its size."""
    surroundings = {"UV": str(Path(sys.executable).with_name("uv")), "PYTHON": sys.executable, **os.environ}
    for step in ("requirements", "packages"):
        command = [ROOT / "infra/docker/install.sh", step, target, folder]
        subprocess.run(command, check=True, env=surroundings)
    return megabytes(folder)


def main() -> int:
    """Print a line for each target."""
    too_large = 0
    for target in sys.argv[1:] or LIMITS:
        with tempfile.TemporaryDirectory() as folder:
            size = installed(target, Path(folder) / "venv")
        too_large += size > LIMITS[target]
        print(f"{target:12} {size:4} MB of {LIMITS[target]} MB")
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
