"""The loop that shows, as a metric, how many documents are at which stage."""

import asyncio

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.telemetry.metrics import DOCUMENTS
from supportbot.indexer.ports import DocumentRegister

EVERY_S = 15.0


async def count_documents(register: DocumentRegister) -> None:
    """Count until cancelled; while the database is away the numbers stay as they were."""
    while True:
        try:
            counts = await register.stages()
        except DatabaseUnavailableError:
            await asyncio.sleep(EVERY_S)
            continue
        for stage, number in counts.items():
            DOCUMENTS.labels(stage).set(number)
        await asyncio.sleep(EVERY_S)
