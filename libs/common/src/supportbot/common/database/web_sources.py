"""Web pages and sitemaps whose pages are documents: operators name them, the indexer fetches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.schema.web_tables import web_sources
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction

SourceState = Literal["removing", "looking", "waiting", "failed", "partial", "ready"]
_FORGOTTEN_S: Final = 3600.0
"""A look that was begun so long ago was broken off with its process."""
_c = web_sources.c


@dataclass(frozen=True, slots=True)
class WebSource:
    """A page or a sitemap, and what the last look at it found."""

    address: str
    origin: str
    """`page`: an operator named it; `setting`: WEB_SOURCES does; `command`: somebody at the machine did."""
    added_by: str
    next_at: datetime
    begun_at: datetime | None
    looked_at: datetime | None
    pages: int
    failed: int
    error: str
    removing: bool

    @property
    def state(self) -> SourceState:
        """In one word."""
        if self.removing:
            return "removing"
        if self.begun_at is not None:
            return "looking"
        if self.looked_at is None or self.next_at <= self.looked_at:
            return "waiting"
        if self.failed:
            return "partial" if self.pages else "failed"
        return "ready"


async def every_source(connection: AsyncConnection) -> Sequence[WebSource]:
    """All of them, by address."""
    columns = [_c[name] for name in WebSource.__dataclass_fields__]
    return [WebSource(*row) for row in await connection.execute(select(*columns).order_by(_c.address))]


async def one_source(connection: AsyncConnection, address: str) -> WebSource | None:
    """The one with this address; None where nobody named it."""
    columns = [_c[name] for name in WebSource.__dataclass_fields__]
    row = (await connection.execute(select(*columns).where(_c.address == address))).one_or_none()
    return None if row is None else WebSource(*row)


async def add_source(
    tx: Transaction, address: str, origin: str, *, by: str = "", looked_at: datetime | None = None, again_s: float = 0
) -> bool:
    """Have it fetched, at once where it never was. False where it is there already; one on its way out stays then."""
    next_at = now() if looked_at is None else looked_at + timedelta(seconds=again_s)
    row = {"address": address, "origin": origin, "added_by": by[:80], "looked_at": looked_at}
    return await insert_if_absent(tx, web_sources, {**row, "added_at": now(), "next_at": next_at}) or await _keep(
        tx, address, by
    )


async def ask_again(tx: Transaction, address: str) -> bool:
    """Have it looked at now. False where there is none."""
    asked = update(web_sources).where(_c.address == address, _c.removing.is_(False))
    return (await tx.execute(asked.values(next_at=func.coalesce(_c.looked_at, _c.added_at)))).rowcount == 1


async def remove_source(tx: Transaction, address: str) -> bool:
    """Have it disappear with its pages. False where there is none that may: one of the settings would come back."""
    named = (_c.address == address, _c.origin != "setting", _c.removing.is_(False))
    return (await tx.execute(update(web_sources).where(*named).values(removing=True))).rowcount == 1


async def due_sources(connection: AsyncConnection) -> Sequence[str]:
    """Those that are to be looked at now, the longest waiting first."""
    broken_off = _c.begun_at < statement_start(-_FORGOTTEN_S)
    due = and_(_c.next_at <= statement_start(), _c.removing.is_(False), _c.begun_at.is_(None) | broken_off)
    return list((await connection.execute(select(_c.address).where(due).order_by(_c.next_at))).scalars())


async def begin_look(tx: Transaction, address: str) -> bool:
    """Say that it is being looked at. False where it is not wanted any more."""
    wanted = update(web_sources).where(_c.address == address, _c.removing.is_(False))
    return (await tx.execute(wanted.values(begun_at=now()))).rowcount == 1


async def end_look(tx: Transaction, address: str, *, pages: int, failed: int, error: str, again_s: float) -> None:
    """Say what the look found."""
    values = {"pages": pages, "failed": failed, "error": error, "looked_at": now(), "next_at": after(again_s)}
    await tx.execute(update(web_sources).where(_c.address == address).values(**values, begun_at=None))


async def break_off(tx: Transaction, address: str) -> None:
    """Nothing was found, as somebody else is at it; it is due still."""
    await tx.execute(update(web_sources).where(_c.address == address).values(begun_at=None))


async def forget_source(tx: Transaction, address: str) -> None:
    """Its pages are gone."""
    await tx.execute(delete(web_sources).where(_c.address == address, _c.removing.is_(True)))


async def _keep(tx: Transaction, address: str, by: str) -> bool:
    """One that was on its way out is named again, before anybody took it away."""
    wanted = update(web_sources).where(_c.address == address, _c.removing.is_(True))
    values = {"removing": False, "added_by": by[:80], "next_at": now()}
    return (await tx.execute(wanted.values(**values))).rowcount == 1
