"""Web pages and sitemaps as operators name them, on a page or over REST; the audit log has each change."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from supportbot.admin_api.access.audit import Actor, note
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.web_sources import (
    WebSource,
    add_source,
    ask_again,
    every_source,
    one_source,
    remove_source,
)
from supportbot.common.errors import SupportbotError
from supportbot.common.web_addresses import LONGEST, canonical_address


class UnfitAddressError(SupportbotError):
    """It is no address that could be fetched."""


@dataclass(frozen=True, slots=True)
class SourceService:
    """The indexer fetches, seconds later."""

    database: Database

    async def every(self) -> Sequence[WebSource]:
        """All of them."""
        return await self.database.read(every_source)

    async def one(self, address: str) -> WebSource | None:
        """None where nobody named it."""
        return await self.database.read(lambda connection: one_source(connection, address))

    async def add(self, typed: str, actor: Actor) -> tuple[str, bool]:
        """Have one fetched. Returns its address, and False where it is there already. Raises UnfitAddressError."""
        address = fit_address(typed)
        change = lambda tx: add_source(tx, address, "page", by=actor.name)  # noqa: E731  # one of three alike
        return address, await self._noted(change, "web_source_added", address, actor)

    async def look_again(self, address: str, actor: Actor) -> bool:
        """Have one looked at now. False where there is none."""
        return await self._noted(lambda tx: ask_again(tx, address), "web_source_refreshed", address, actor)

    async def remove(self, address: str, actor: Actor) -> bool:
        """Have one disappear with its pages. False where there is none that may."""
        return await self._noted(lambda tx: remove_source(tx, address), "web_source_removed", address, actor)

    async def _noted(
        self, change: Callable[[Transaction], Awaitable[bool]], action: str, address: str, actor: Actor
    ) -> bool:
        async def work(tx: Transaction) -> bool:
            changed = await change(tx)
            if changed:
                await note(tx, actor, action, address)
            return changed

        return await self.database.write(work)


def fit_address(typed: str) -> str:
    """An address as it is kept; https is meant where nothing is said. Raises UnfitAddressError."""
    typed = typed.strip()
    address = canonical_address(typed if "://" in typed else f"https://{typed}")
    if address is None or not typed or len(address) > LONGEST or any(sign.isspace() for sign in typed):
        raise UnfitAddressError("It is no address of a web page")
    return address
