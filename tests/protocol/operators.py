"""People with an inbox: reply, take over, hand back, close, delete; with a screen that may be out of date."""

from functools import partial
from typing import Protocol

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database import conversations as protocol
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId
from tests.protocol.ledger import note
from tests.protocol.world import World


class Deed(Protocol):
    """Something that a person does to a conversation; `seen` is the newest message on their screen."""

    __name__: str

    async def __call__(self, tx: Transaction, conversation_id: ConversationId, seen: int) -> None: ...


async def reply(tx: Transaction, conversation_id: ConversationId, seen: int) -> None:
    await protocol.operator_reply(tx, conversation_id, text=f"up to {seen}", operator="Ann", seen=seen)
    await note(tx, "dealt with", conversation_id, seq=seen)


async def take_over(tx: Transaction, conversation_id: ConversationId, seen: int) -> None:
    await protocol.take_over(tx, conversation_id)


async def hand_back(tx: Transaction, conversation_id: ConversationId, seen: int) -> None:
    await protocol.hand_back(tx, conversation_id)


async def close(tx: Transaction, conversation_id: ConversationId, seen: int) -> None:
    await protocol.close(tx, conversation_id)
    done = select(conversations.c.done_seq).where(conversations.c.id == conversation_id)
    await note(tx, "dealt with", conversation_id, seq=(await tx.execute(done)).scalar_one())


async def delete(tx: Transaction, conversation_id: ConversationId, seen: int) -> None:
    await protocol.delete_conversation(tx, conversation_id)
    await note(tx, "deleted", conversation_id)


_DEEDS: tuple[Deed, ...] = (reply, reply, reply, take_over, take_over, hand_back, hand_back, hand_back, close)


async def work_inbox(world: World) -> None:
    """One operator."""
    while True:
        await world.time.sleep(world.rng.uniform(0, 60))
        screens = await world.database.read(all_conversations)
        if not screens:
            continue
        screen = world.rng.choice(screens)
        deed = delete if world.maybe(0.03) else world.rng.choice(_DEEDS)
        await world.time.sleep(world.rng.choice((0, 0, 5)))
        seen = max(0, screen.last_seq - world.rng.choice((0, 0, 1, 2)))
        try:
            await world.database.write(partial(deed, conversation_id=screen.id, seen=seen))
            world.count(deed.__name__)
        except protocol.UnknownConversationError:
            world.count("deleted meanwhile")


async def all_conversations(connection: AsyncConnection) -> list[Row[tuple[object, ...]]]:
    return list(await connection.execute(select(conversations).order_by(conversations.c.created_at)))


async def settle_everything(world: World) -> None:
    """At the end of the day: whatever a person took over gets a reply and goes back to the machine."""
    for screen in await world.real.read(all_conversations):
        if screen.mode == "person":
            await world.real.write(lambda tx, s=screen: reply(tx, s.id, s.last_seq))  # type: ignore[misc]
            await world.real.write(lambda tx, s=screen: hand_back(tx, s.id, 0))  # type: ignore[misc]
