"""Opens the model that knows what passages mean."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.transactions import Database
from supportbot.common.models.accounts import Accounts, Caps
from supportbot.common.models.opening import open_embedder
from supportbot.common.models.ports import Alarm
from supportbot.common.models.prices import read_prices
from supportbot.common.models.settings import ModelSettings
from supportbot.indexer.adapters.paid_embeddings import PaidEmbeddings

if TYPE_CHECKING:
    from supportbot.common.models.openai_embeddings import OpenAIEmbedder

STAGE: Final = "index"


@dataclass(frozen=True)
class OpenedEmbedder:
    """A model behind which passages become vectors."""

    passages: PaidEmbeddings
    model: "OpenAIEmbedder"

    async def close(self) -> None:
        """Close the connections."""
        await self.model.close()


async def open_passage_embedder(
    settings: ModelSettings, database: Database | None, alarm: Alarm | None = None
) -> OpenedEmbedder:
    """The model that the settings name. Without a database nothing is kept, and somebody else must be the `alarm`."""
    accounts = None
    if database is not None:
        alarm = alarm or DatabaseAlarm(database)
        accounts = Accounts(database, Caps(), read_prices(settings.model_prices), alarm)
    assert alarm is not None
    model = await open_embedder(settings, alarm, accounts, stage=STAGE)
    return OpenedEmbedder(
        PaidEmbeddings(model, database, model=settings.embedding_model, dimensions=settings.embedding_dimensions),
        model,
    )
