"""One chat's story from the first message to the last reply, told by services that may die at any point of it.

Whoever dies comes back as the real one would: the channel repeats its update, a lease runs out, a person clicks again.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import select

from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.leases import SENDER_LEASE_S
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.turns import LEASE_S, claim_turn, finish_turn, release_turn
from supportbot.common.database.updates import DuplicateUpdateError, remember_update
from supportbot.common.ids import ConversationId
from tests.protocol import operators
from tests.protocol.faults import CrashError
from tests.protocol.gateway import LONG, Update, store
from tests.protocol.operators import Deed, all_conversations
from tests.protocol.sender import Sender
from tests.protocol.worker import think
from tests.protocol.world import BOTS, World

CHAT = "2"
Step = Callable[[World], Awaitable[None]]


def ask(update_id: str, external_id: int, text: str, *, is_edit: bool = False) -> Step:
    async def step(world: World) -> None:
        with suppress(DuplicateUpdateError):
            await store(world.database, Update(update_id, CHAT, external_id, text, is_edit), 0.0)
        world.accepted.add(update_id)

    return step


async def work(world: World) -> None:
    """A worker comes to life when whoever died before it has lost its claim, and empties the queue."""
    await world.time.advance(LEASE_S + 1)
    while (turn := await world.database.write(claim_turn, lane="relaxed")) is not None:
        outcome = await think(world.database, turn)
        await world.database.write(lambda tx, t=turn, o=outcome: finish_turn(tx, t, o))  # type: ignore[misc]


async def fail(world: World) -> None:
    """A worker claims a turn, cannot do it and gives it back."""
    await world.time.advance(LEASE_S + 1)
    turn = await world.database.write(claim_turn, lane="relaxed")
    if turn is not None:
        await world.database.write(lambda tx: release_turn(tx, turn, retry_in_s=1, count_attempt=True))


async def send(world: World) -> None:
    """A sender takes over when the lease of the one before has run out, and sends until nothing is left."""
    await world.time.advance(SENDER_LEASE_S + REQUEST_TIMEOUT_S + 1)
    sender = Sender(world, BOTS[int(CHAT) % len(BOTS)])
    assert await sender.hold()
    await sender.succeed()
    while await sender.send_batch():
        pass


def act(click: str, deed: Deed) -> Step:
    """A person does something; they click again where they saw no answer, and the page knows a click by its id."""

    async def step(world: World) -> None:
        (screen,) = await world.real.read(all_conversations)

        async def once(tx: Transaction) -> None:
            await remember_update(tx, "inbox", click, "")
            newest = select(conversations.c.last_seq).where(conversations.c.id == screen.id)
            seen = (await tx.execute(newest)).scalar_one_or_none() or 0
            await deed(tx, conversation_id=ConversationId(screen.id), seen=seen)

        with suppress(DuplicateUpdateError, UnknownConversationError):
            await world.database.write(once)

    return step


STORY: tuple[Step, ...] = (
    ask("1", 1, "one"),
    ask("2", 2, f"two{LONG}two"),
    fail,
    work,
    ask("3", 1, "one, changed", is_edit=True),
    work,
    send,
    ask("4", 3, "three"),
    act("a", operators.take_over),
    ask("5", 4, "four"),
    act("b", operators.reply),
    act("c", operators.hand_back),
    ask("6", 5, "five"),
    work,
    act("d", operators.take_over),
    act("e", operators.hand_back),
    work,
    send,
    ask("7", 6, "six"),
    act("f", operators.close),
    ask("8", 7, "seven"),
    work,
    send,
)


async def tell(world: World) -> None:
    """Tell the whole story; every step is repeated until it was not interrupted."""
    for step in STORY:
        while True:
            try:
                await step(world)
            except CrashError:
                continue
            break
