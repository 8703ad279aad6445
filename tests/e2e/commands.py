"""The supportbot command as a child process: what it printed, and how it ended."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

TRACEBACK = "Traceback (most recent call last)"
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TZ")


def command() -> list[str]:
    """The installed command beside the interpreter that runs the tests."""
    return [str(Path(sys.executable).with_name("supportbot"))]


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The settings and what every program needs; nothing else of the shell that runs the tests."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **settings}


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    code: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        """Everything that it printed."""
        return self.output + self.errors


async def run_command(
    *arguments: str,
    folder: Path,
    settings: dict[str, str] | None = None,
    given: bytes = b"",
    timeout_s: float = 60.0,
) -> Finished:
    """Run the command in a folder until it ends; one that does not end in time is killed, and that is an error."""
    child = await asyncio.create_subprocess_exec(
        *command(),
        *arguments,
        cwd=folder,
        env=environment(settings or {}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, errors = await child.communicate(given)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert child.returncode is not None
    return Finished(child.returncode, output.decode(), errors.decode())
