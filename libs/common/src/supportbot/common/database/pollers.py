"""Leases on a bot's row: which replica polls it, and whether a new sender follows one that vanished."""

from uuid import UUID

from sqlalchemy import or_, select, update

from supportbot.common.database.clock import after, now
from supportbot.common.database.outbound import acquire_sender
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.tables import bots
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId

POLLER_LEASE_S = 30.0


async def acquire_poller(tx: Transaction, bot: BotId, token: UUID) -> bool:
    """Become, or stay, the one replica that polls a bot for `POLLER_LEASE_S`. False where another one does."""
    never = after(-1)
    await insert_if_absent(tx, bots, {"bot": bot, "sender_until": never, "poller_until": never})
    c = bots.c
    free = or_(c.poller.is_(None), c.poller == token, c.poller_until < now())
    taken = update(bots).where(c.bot == bot, free).values(poller=token, poller_until=after(POLLER_LEASE_S))
    return (await tx.execute(taken)).rowcount == 1


async def release_poller(tx: Transaction, bot: BotId, token: UUID) -> None:
    """Let another replica poll at once."""
    await tx.execute(update(bots).where(bots.c.bot == bot, bots.c.poller == token).values(poller=None))


async def succeed_sender(tx: Transaction, bot: BotId, token: UUID) -> tuple[bool, UUID | None]:
    """Become, or stay, the sender: whether that worked, and the other sender whose lease ran out, if there was one.

    Without such a predecessor nothing can be on its way any more: it gave the lease back, or nobody ever sent.
    """
    before = (await tx.execute(select(bots.c.sender).where(bots.c.bot == bot))).scalar_one_or_none()
    taken = await acquire_sender(tx, bot, token)
    return taken, before if taken and before != token else None
