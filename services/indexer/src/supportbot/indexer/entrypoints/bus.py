"""Events about documents ring the worker's doorbell; what there is to do is in the database."""

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import DocumentRemoved, DocumentRestricted, DocumentUploaded
from supportbot.common.contracts.envelope import Event
from supportbot.indexer.entrypoints.doorbell import Doorbell

QUEUE = "indexer.documents"


def subscribe(bus: Bus, doorbell: Doorbell) -> None:
    """Hear of documents that were uploaded or removed."""

    async def handle(_event: Event) -> None:
        doorbell.ring()

    bus.subscribe(QUEUE, (DocumentUploaded, DocumentRestricted, DocumentRemoved), handle)
