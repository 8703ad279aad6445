"""Look at the documents folder, and at the sample where it still answers; what has to be indexed then, is told."""

from collections.abc import Callable
from dataclasses import dataclass

from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.scan_folder import ScanFolder


@dataclass(frozen=True, slots=True)
class LookAtFolder:
    """The use case; `ring` tells whoever indexes."""

    scan: ScanFolder
    choose_sample: ChooseSample | None
    ring: Callable[[], None]

    async def __call__(self) -> None:
        """Once."""
        await self.scan()
        if self.choose_sample is not None:
            await self.choose_sample()
        self.ring()
