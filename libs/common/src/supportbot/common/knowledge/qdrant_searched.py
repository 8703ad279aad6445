"""Which collection of a Qdrant server is searched: an alias names it, so that another one can take over at once."""

from typing import Final
from uuid import uuid4

from supportbot.common.knowledge.qdrant_collection import QdrantCollection
from supportbot.common.knowledge.qdrant_connection import CollectionMissingError, QdrantConnection
from supportbot.common.knowledge.qdrant_rest import models
from supportbot.common.knowledge.qdrant_senses import ACTIVE

_ALIAS: Final = "searched"
_BUILT: Final = "built"


class SearchedCollection(QdrantCollection):
    """The collection that the alias names. At first it is the one of our name, which older versions know alone."""

    def __init__(self, connection: QdrantConnection) -> None:
        """`connection`: with our name."""
        self._ours = connection
        self._alias = f"{connection.collection}-{_ALIAS}"
        super().__init__(connection.at(self._alias, shown=connection.collection))

    async def check(self) -> None:
        """Refuse a collection that does not fit, also where it came in the place of ours; nothing is made."""
        try:
            await super().check()
        except CollectionMissingError:
            await QdrantCollection(self._ours).check()
            raise

    def new(self) -> QdrantConnection:
        """The place of a collection to build beside it."""
        return self._ours.at(f"{self._ours.collection}-{_BUILT}-{uuid4().hex[:8]}")

    async def go_on_with(self, built: QdrantConnection) -> None:
        """Let the alias name another collection, in one operation."""
        point = (await self.payloads([ACTIVE])).get(ACTIVE)
        if point is not None:
            await QdrantCollection(built).put([(ACTIVE, {}, point)])
        named = models.DeleteAlias(alias_name=self._alias)
        await self._name_by_alias(built.collection, models.DeleteAliasOperation(delete_alias=named))

    async def clear(self) -> None:
        """Drop collections that were built, or taken over from, and are not searched."""
        named = await self._connection.ask(lambda apis: apis.aliases_api.get_collections_aliases())
        searched = {one.collection_name for one in named.aliases if one.alias_name == self._alias}
        there = await self._connection.ask(lambda apis: apis.collections_api.get_collections())
        for name in {one.name for one in there.collections} - searched:
            if searched and (name == self._ours.collection or name.startswith(f"{self._ours.collection}-{_BUILT}-")):
                await self._drop(name)

    async def _make(self) -> None:
        """Let the alias name the collection of our name, which is made where it is missing."""
        await QdrantCollection(self._ours).ensure()
        await self._name_by_alias(self._ours.collection)

    async def _name_by_alias(self, collection: str, *before: models.DeleteAliasOperation) -> None:
        named = models.CreateAlias(collection_name=collection, alias_name=self._alias)
        change = models.ChangeAliasesOperation(actions=[*before, models.CreateAliasOperation(create_alias=named)])
        await self._connection.ask(lambda apis: apis.aliases_api.update_aliases(change_aliases_operation=change))

    async def _drop(self, name: str) -> None:
        await self._connection.ask(lambda apis: apis.collections_api.delete_collection(name))
