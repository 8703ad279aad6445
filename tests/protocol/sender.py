"""The sender's side, as the protocol asks for it: one per bot, by a lease."""

from functools import partial
from uuid import UUID, uuid4

from supportbot.common.database import outbound as protocol
from supportbot.common.database.leases import SENDER_LEASE_S, acquire_sender
from supportbot.common.database.outbound import Outgoing
from supportbot.common.ids import BotId
from tests.protocol.gateway import LONG
from tests.protocol.wire import NotDeliveredError, Request, UnknownDeliveryError, UnreachableError
from tests.protocol.world import World

NEW_HOLDER_WAITS_S = protocol.START_WITHIN_S + protocol.REQUEST_TIMEOUT_S
RENEW_EVERY_S = 5.0
_BATCH = 4
LABEL = "In case it did not reach you: "


async def send_replies(world: World, bot: BotId) -> None:
    """One sender, from becoming the active one until it is not any more."""
    sender = Sender(world, bot)
    while not await sender.hold():
        await world.time.sleep(5)
    await world.time.sleep(NEW_HOLDER_WAITS_S)
    if not await sender.hold():
        return
    await sender.succeed()
    while await sender.still_holds():
        if not await sender.send_batch():
            await world.time.sleep(1)
    world.count("senders replaced")


class Sender:
    """One process that sends for a bot."""

    def __init__(self, world: World, bot: BotId) -> None:
        self._world = world
        self._bot = bot
        self.token: UUID = uuid4()
        self._renewed = 0.0

    async def hold(self) -> bool:
        asked_at = self._world.time.monotonic()
        held = await self._world.database.write(lambda tx: acquire_sender(tx, self._bot, self.token))
        if held:
            self._renewed = asked_at
        return held

    async def still_holds(self) -> bool:
        if self._world.maybe(0.02):
            await self._world.time.sleep(SENDER_LEASE_S + 10)  # it hangs, and goes on where it was
            return True
        if self._world.time.monotonic() - self._renewed < RENEW_EVERY_S:
            return True
        return await self.hold()

    async def succeed(self) -> None:
        """Look after what was left by whoever sent before."""
        await self._world.database.write(lambda tx: protocol.inherit_unfinished(tx, self._bot, self.token))

    def _may_send(self, begun_at: float) -> bool:
        now = self._world.time.monotonic()
        deadline = self._renewed + SENDER_LEASE_S - protocol.REQUEST_TIMEOUT_S
        return now < deadline and now <= begun_at + protocol.START_WITHIN_S

    async def send_batch(self) -> bool:
        """Send what may be sent now. False where that is nothing."""
        await self._world.database.write(lambda tx: protocol.repeat_uncertain(tx, self._bot, repeat=True))
        found = await self._world.database.read(lambda connection: protocol.sendable(connection, self._bot, _BATCH))
        await self._split([row for row in found if LONG in row.body and not row.is_repeat])
        rows = [row for row in found if LONG not in row.body or row.is_repeat]
        keys = [row.reply_key for row in rows]
        begun_at = self._world.time.monotonic()
        begun = await self._world.database.write(lambda tx: protocol.begin_sending(tx, self._bot, self.token, keys))
        for row in rows:
            if row.reply_key in begun:
                await self._send(row, begun_at)
        return bool(found)

    async def _split(self, rows: list[Outgoing]) -> None:
        for row in rows:
            pieces = [piece for piece in row.body.split(LONG) if piece] or [""]
            split = partial(protocol.split_reply, reply_key=row.reply_key, pieces=pieces)
            await self._world.database.write(lambda tx, split=split: split(tx))  # type: ignore[misc]

    async def _send(self, row: Outgoing, begun_at: float) -> None:
        write, key = self._world.database.write, row.reply_key
        if not self._may_send(begun_at):
            await write(lambda tx: protocol.record_not_sent(tx, key, self.token, retry_in_s=0, error="late"))
            return
        self._world.crashes.reached("before the request")
        text = f"{LABEL}{row.body}" if row.is_repeat else row.body
        try:
            number = await self._world.wire.send(Request(key, row.chat, row.is_repeat, text))
            self._world.crashes.reached("after the request")
            await write(lambda tx: protocol.record_sent(tx, key, number))
        except NotDeliveredError:
            await write(lambda tx: protocol.record_not_sent(tx, key, self.token, retry_in_s=1, error="refused"))
        except UnknownDeliveryError:
            await write(lambda tx: protocol.record_uncertain(tx, key, self.token, error="timeout"))
        except UnreachableError:
            await write(lambda tx: protocol.record_failed(tx, key, self.token, error="blocked", unreachable=True))
