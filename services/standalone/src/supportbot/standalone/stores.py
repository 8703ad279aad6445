"""What a process stands on: database, index and cache, opened together and let go of together."""

from dataclasses import dataclass

from supportbot.common.cache.opener import open_cache
from supportbot.common.cache.port import Cache
from supportbot.common.database.opener import open_database
from supportbot.common.database.sweep import take_possession
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.folder_lock import FolderLock
from supportbot.common.knowledge.opener import open_index
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.settings import SettingsError
from supportbot.standalone.settings import StandaloneSettings


@dataclass(frozen=True)
class Stores:
    """What a process stands on. `index` is None where it does not answer: then another process has it."""

    lock: FolderLock
    database: Database
    cache: Cache
    index: KnowledgeIndex | None

    async def close(self) -> None:
        """Let go of everything, so that the next process can have it."""
        if self.index is not None:
            await self.index.close()
        await self.cache.close()
        await self.database.close()
        self.lock.release()


async def open_stores(settings: StandaloneSettings) -> Stores:
    """Open database and index; raises an error of ours where another process has them, or they cannot be opened.

    One process per role and data folder: the one that answers, and one beside it that shows pages.
    """
    if settings.database_path.is_dir():
        raise SettingsError([f"DATABASE_PATH: {settings.database_path} is a folder; name a file in it"])
    lock = FolderLock(settings.data_folder if settings.answers else settings.data_folder / "web")
    try:
        database = await open_database(settings)
        try:
            if settings.answers and database.dialect == "sqlite":
                await database.write(take_possession)
            index = await open_index(settings) if settings.answers else None
            return Stores(lock, database, await open_cache(settings), index)
        except BaseException:
            await database.close()
            raise
    except BaseException:
        lock.release()
        raise
