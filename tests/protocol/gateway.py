"""Telegram's and the web's side of storing: the same updates come again, late, and in any order."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from supportbot.common.database.incoming import IncomingMessage, Received, receive_edit, receive_message
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.database.updates import DuplicateUpdateError
from tests.protocol.ledger import note
from tests.protocol.world import BOTS, World

LONG = "¶"
"""Stands in an answer where it is to be split into two messages."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update as the channel repeats it until it is taken."""

    update_id: str
    chat: str
    external_id: int
    text: str
    is_edit: bool = False

    @property
    def channel(self) -> Literal["web", "telegram"]:
        return "web" if self.chat.startswith("web") else "telegram"

    @property
    def bot(self) -> str:
        return "" if self.channel == "web" else BOTS[int(self.chat) % len(BOTS)]


@dataclass
class Channel:
    """Makes up what people write, and holds it until it was taken in."""

    chats: tuple[str, ...]
    pending: list[Update] = field(default_factory=list)
    made: int = 0
    _written: Counter[str] = field(default_factory=Counter)

    def write(self, rng: random.Random) -> None:
        """Somebody writes a message, or changes one."""
        chat = rng.choice(self.chats)
        self.made += 1
        is_edit = self._written[chat] > 0 and rng.random() < 0.2
        if is_edit:
            external_id = rng.randint(max(1, self._written[chat] - 3), self._written[chat])
        else:
            self._written[chat] += 1
            external_id = self._written[chat]
        text = f"{'edit' if is_edit else 'text'} {self.made} {LONG if rng.random() < 0.3 else ''}"
        self.pending.append(Update(str(self.made), chat, external_id, text.strip(), is_edit))


def incoming_of(update: Update, burst_s: float) -> IncomingMessage:
    """What an update says."""
    return IncomingMessage(
        channel=update.channel,
        bot=update.bot,
        chat=update.chat,
        update_source=update.bot or update.chat,
        update_id=update.update_id,
        body_hash=sha256(update.text.encode()).hexdigest(),
        text=update.text,
        external_id=update.external_id,
        burst_s=burst_s,
    )


def taking_in(update: Update) -> Callable[[Transaction, IncomingMessage], Awaitable[Received]]:
    """What stores an update."""
    return receive_edit if update.is_edit else receive_message


async def store(database: Database, update: Update, burst_s: float) -> Received:
    """What a gateway does with an update."""
    incoming = incoming_of(update, burst_s)

    async def work(tx: Transaction) -> Received:
        received = await taking_in(update)(tx, incoming)
        await note(tx, "received", received.conversation_id, seq=received.seq, update_id=update.update_id)
        return received

    return await database.write(work, lane="intake")


async def store_until_taken(database: Database, update: Update, burst_s: float = 0.0) -> Received:
    """What a channel does with an update: it comes again until somebody had room for it."""
    while True:
        try:
            return await store(database, update, burst_s)
        except DatabaseUnavailableError:
            continue  # 503: the small pool of those who store was full for its 300 ms


async def take_updates(world: World, channel: Channel) -> None:
    """One gateway: takes updates near the front of the queue, sometimes one that was taken before."""
    while True:
        if not channel.pending:
            await world.time.sleep(1)
            continue
        update = channel.pending[min(world.rng.randrange(3), len(channel.pending) - 1)]
        try:
            await store(world.database, update, world.rng.choice((0.0, 1.0)))
            world.count("stored")
        except DuplicateUpdateError as error:
            world.count("duplicates" if error.same_body else "another body")
        world.accepted.add(update.update_id)  # 200, or the polling offset
        if not world.maybe(0.2) and update in channel.pending:
            channel.pending.remove(update)
