"""The version of the product before its newest migration, from the history of this repository."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from supportbot.common.database.schema.migrating import FOLDER, head, revisions

ROOT = Path(__file__).parents[2]


def former_code(folder: Path) -> str:
    """Unpack it; gives the PYTHONPATH that runs it. The test is skipped where the history is not there."""
    (newest,) = FOLDER.glob(f"versions/{head()}_*.py")
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", str(newest.relative_to(ROOT)))
    packed = _git("archive", f"{added.decode().strip()}^", "libs", "services")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return ":".join(str(path) for path in sorted(folder.glob("*/*/src")) + sorted(folder.glob("libs/*/src")))


def former_revision() -> str:
    """The newest migration that it knows."""
    return revisions()[-2]


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    if done.returncode or not done.stdout:
        pytest.skip("an older version can be run only where the repository's history is: clone it whole")
    return done.stdout
