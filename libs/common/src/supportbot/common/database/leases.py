"""Leases on a bot's row: which replica polls it, and which one sends."""

from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select, update

from supportbot.common.database.clock import after, now
from supportbot.common.database.schema.tables import bots
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId

SENDER_LEASE_S = 20.0
"""With the follower's waiting after it, replies stand still for 40 s at most when a sender is killed: the rest of a
minute is for those that gathered meanwhile."""
POLLER_LEASE_S = 20.0
_Role = Literal["sender", "poller"]


async def acquire_sender(tx: Transaction, bot: BotId, token: UUID) -> bool:
    """Become, or stay, the one active sender of a bot for `SENDER_LEASE_S`. False where another one is."""
    return await _acquire(tx, "sender", bot, token, SENDER_LEASE_S)


async def release_sender(tx: Transaction, bot: BotId, token: UUID, *, waited_out: bool = True) -> None:
    """Let the next sender begin at once. Only to be called when nothing of ours is on its way.

    Who has not `waited_out` what its own predecessor may have on its way leaves that waiting to the next one: its name
    stays, and its time is over.
    """
    if waited_out:
        await _release(tx, "sender", bot, token)
    else:
        ours = update(bots).where(bots.c.bot == bot, bots.c.sender == token)
        await tx.execute(ours.values(sender_until=after(-1)))


async def acquire_poller(tx: Transaction, bot: BotId, token: UUID) -> bool:
    """Become, or stay, the one replica that polls a bot for `POLLER_LEASE_S`. False where another one does."""
    return await _acquire(tx, "poller", bot, token, POLLER_LEASE_S)


async def release_poller(tx: Transaction, bot: BotId, token: UUID) -> None:
    """Let another replica poll at once."""
    await _release(tx, "poller", bot, token)


async def succeed_sender(tx: Transaction, bot: BotId, token: UUID) -> tuple[bool, UUID | None]:
    """Become, or stay, the sender: whether that worked, and the other sender whose lease ran out, if there was one.

    Without such a predecessor nothing can be on its way any more: it gave the lease back, or nobody ever sent.
    """
    holder = select(bots.c.sender).where(bots.c.bot == bot).with_for_update()
    before = (await tx.execute(holder)).scalar_one_or_none()
    taken = await acquire_sender(tx, bot, token)
    return taken, before if taken and before != token else None


async def _acquire(tx: Transaction, role: _Role, bot: BotId, token: UUID, lease_s: float) -> bool:
    never = after(-1)
    await insert_if_absent(tx, bots, {"bot": bot, "sender_until": never, "poller_until": never})
    holder, until = bots.c[role], bots.c[f"{role}_until"]
    free = or_(holder.is_(None), holder == token, until < now())
    taken = update(bots).where(bots.c.bot == bot, free).values({holder: token, until: after(lease_s)})
    return (await tx.execute(taken)).rowcount == 1


async def _release(tx: Transaction, role: _Role, bot: BotId, token: UUID) -> None:
    holder = bots.c[role]
    await tx.execute(update(bots).where(bots.c.bot == bot, holder == token).values({holder: None}))
