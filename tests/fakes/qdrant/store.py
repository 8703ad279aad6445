"""All collections of a server and their aliases, in one folder."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tests.fakes.qdrant.collection import Json, StoredCollection
from tests.fakes.qdrant.errors import QdrantError, collection_exists, no_collection, unreadable


class Store:
    """What is there when it opens was left by an earlier server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._aliases_file = folder / "aliases.json"
        self.aliases: dict[str, str] = {}
        if self._aliases_file.exists():
            self.aliases = json.loads(self._aliases_file.read_text(encoding="utf-8"))
        found = sorted(path.parent for path in folder.glob("*/collection.json"))
        self._collections = {unquote(path.name): StoredCollection.load(path) for path in found}

    @property
    def names(self) -> list[str]:
        return sorted(self._collections)

    def has(self, name: str) -> bool:
        return self.aliases.get(name, name) in self._collections

    def get(self, name: str) -> StoredCollection:
        """By name or alias."""
        found = self._collections.get(self.aliases.get(name, name))
        if found is None:
            raise no_collection(name)
        return found

    def create(self, name: str, body: Json) -> bool:
        if self.has(name):
            raise collection_exists(name)
        self._collections[name] = StoredCollection.make(self._path(name), body)
        return True

    def drop(self, name: str) -> bool:
        """False where there is none."""
        found = self._collections.pop(name, None)
        if found is None:
            return False
        found.close()
        shutil.rmtree(self._path(name))
        self.aliases = {alias: target for alias, target in self.aliases.items() if target != name}
        self._keep_aliases()
        return True

    def change_aliases(self, body: Json) -> bool:
        """All of them or none."""
        changed = dict(self.aliases)
        for action in body.get("actions", []):
            self._change(changed, action)
        self.aliases = changed
        self._keep_aliases()
        return True

    def empty(self) -> None:
        """Lose everything, as a server on a fresh disk."""
        for name in self.names:
            self.drop(name)

    def close(self) -> None:
        for collection in self._collections.values():
            collection.close()

    def _change(self, aliases: dict[str, str], action: dict[str, Any]) -> None:
        match action:
            case {"create_alias": {"collection_name": str(name), "alias_name": str(alias)}}:
                if name not in self._collections:
                    raise no_collection(name)
                if alias in self._collections:
                    raise collection_exists(alias)
                aliases[alias] = name
            case {"delete_alias": {"alias_name": str(alias)}}:
                if aliases.pop(alias, None) is None:
                    raise QdrantError(404, f"Not found: Alias {alias} does not exists!")
            case {"rename_alias": {"old_alias_name": str(old), "new_alias_name": str(new)}}:
                if old not in aliases:
                    raise QdrantError(404, f"Not found: Alias {old} does not exists!")
                aliases[new] = aliases.pop(old)
            case _:
                raise unreadable("data did not match any variant of untagged enum AliasOperations")

    def _keep_aliases(self) -> None:
        self._aliases_file.write_text(json.dumps(self.aliases), encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self._folder / quote(name, safe="")
