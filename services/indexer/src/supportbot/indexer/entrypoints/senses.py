"""The loop that makes vectors of what passages mean: when documents have changed, and by itself now and then."""

import time

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import DocumentIndexed, DocumentRemoved
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.models.errors import ModelError
from supportbot.common.telemetry.outage import Outage
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.use_cases.embed_passages import EmbedPassages

LOOK_S = 30.0
RETRY_S = 15.0
RECHECK_S = 3600.0


class SenseLoop:
    """Waits for nobody, and nobody waits for it."""

    def __init__(self, bus: Bus) -> None:
        self._doorbell = Doorbell()
        bus.listen((DocumentIndexed, DocumentRemoved), self._on_change)

    async def run(self, embed_passages: EmbedPassages) -> None:
        """Embed until cancelled; what is away is waited for."""
        outage = Outage("Passages cannot be embedded", "Passages are embedded again")
        recheck_at = time.monotonic() + RECHECK_S
        while True:
            try:
                if time.monotonic() >= recheck_at:
                    embed_passages.look_again()
                    recheck_at = time.monotonic() + RECHECK_S
                await embed_passages()
                outage.over()
                wait = LOOK_S
            except (ModelError, KnowledgeIndexUnavailableError, DatabaseUnavailableError) as error:
                outage.met(error)
                wait = RETRY_S
            await self._doorbell.wait(wait)

    async def _on_change(self, _event: Event) -> None:
        self._doorbell.ring()
