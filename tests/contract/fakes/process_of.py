"""Runs a fake as a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def process_of(module: str, *arguments: str, lines: int = 1) -> AsyncIterator[dict[str, str]]:
    """The addresses the fake prints, by name; it is ended by SIGTERM and has to go quietly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = [(await process.stdout.readline()).decode().split() for _ in range(lines)]
    try:
        yield {line[0]: line[1] for line in printed}
    finally:
        process.terminate()
        _, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
