"""What a scenario may ask of the product, however many processes that is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.e2e.process import Process
from tests.e2e.records import Row


class Deployment(Protocol):
    """The product at work: where people reach it, what it has stored, and what it says of itself."""

    @property
    def kind(self) -> str:
        """all-in-one or services."""
        ...

    @property
    def folder(self) -> Path:
        """A folder of its own."""
        ...

    @property
    def base_url(self) -> str:
        """Where the web chat is."""
        ...

    @property
    def inbox_url(self) -> str:
        """Where the inbox is."""
        ...

    @property
    def documents(self) -> Path:
        """The folder that is indexed."""
        ...

    @property
    def processes(self) -> Sequence[Process]:
        """Everything that runs."""
        ...

    @property
    def answerer(self) -> Process:
        """What answers."""
        ...

    async def start(self) -> None:
        """Start everything and return when it is ready."""
        ...

    async def stop(self) -> int:
        """SIGTERM to everything; returns the worst exit code."""
        ...

    async def discard(self) -> None:
        """Make sure that nothing is left running."""
        ...

    def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """The rows of a SELECT."""
        ...

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """How many rows of a table fit."""
        ...

    def ago(self, seconds: int) -> str:
        """A moment in the past, as this database's SQL says it."""
        ...

    def log(self) -> str:
        """Everything that was written."""
        ...

    def errors_in_log(self) -> list[str]:
        """Tracebacks and lines of level error."""
        ...


def sample_is_indexed(deployment: Deployment) -> bool:
    """Whether every document serves, and there are some."""
    return deployment.count("documents") > 0 and deployment.count("documents", "state <> 'ready'") == 0
