"""What a bot's senders should do: who holds the lease, what is on its way, and what Telegram saw of it."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from supportbot.common.database.leases import SENDER_LEASE_S
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S, START_WITHIN_S, Outgoing
from supportbot.common.ids import BotId
from tests.protocol.model import SLACK_S

SUCCESSION_S = START_WITHIN_S + REQUEST_TIMEOUT_S


@dataclass
class Lease:
    """A bot's row. Moments are of the database's clock."""

    holder: UUID | None = None
    until: float = float("-inf")

    def check(self, who: UUID, now: float, *, taken: bool) -> None:
        """Whether the database may have answered so."""
        if self.holder in (None, who) or self.until < now - SLACK_S:
            assert taken, f"{who} did not get a lease that is free"
        elif self.until > now + SLACK_S:
            assert not taken, f"{who} got a lease that {self.holder} holds"

    def reset_far_future(self, now: float) -> None:
        if self.until > now + 2 * SENDER_LEASE_S:
            self.until = now + SENDER_LEASE_S


@dataclass
class Marked:
    """A row that is marked as on its way, and for which nobody asked Telegram yet."""

    row: Outgoing
    at: float


@dataclass
class Process:
    """One process that sends for a bot. Moments are of its own clock, which never jumps."""

    bot: BotId
    token: UUID = field(default_factory=uuid4)
    renewed_at: float | None = None
    begin_at: float = float("-inf")
    looked_after: bool = False
    marked: list[Marked] = field(default_factory=list)
    unrecorded: list[tuple[Outgoing, str]] = field(default_factory=list)

    def may_begin(self, now: float) -> bool:
        if self.renewed_at is None or now >= self.renewed_at + SENDER_LEASE_S - REQUEST_TIMEOUT_S:
            return False
        return now >= self.begin_at

    def may_ask(self, marked: Marked, now: float) -> bool:
        return self.may_begin(now) and now <= marked.at + START_WITHIN_S

    def die(self) -> None:
        """What it had begun goes its way; the process that comes after it knows nothing of it."""
        self.token, self.renewed_at, self.looked_after = uuid4(), None, False
        self.marked, self.unrecorded = [], []


@dataclass
class InFlight:
    """A request on its way to Telegram."""

    process: Process
    token: UUID
    row: Outgoing
    started_at: float


@dataclass
class Telegram:
    """What may have arrived, and what did, in its order: I2 and I3 hold here at every moment."""

    in_flight: list[InFlight] = field(default_factory=list)
    possible: Counter[tuple[str, bool]] = field(default_factory=Counter)
    delivered: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)

    def ask(self, process: Process, row: Outgoing, now: float) -> None:
        self.possible[row.reply_key, row.is_repeat] += 1
        assert self.possible[row.reply_key, row.is_repeat] == 1, f"{row.reply_key} may arrive twice"
        self.in_flight.append(InFlight(process, process.token, row, now))

    def refuse(self, request: InFlight) -> None:
        self.possible[request.row.reply_key, request.row.is_repeat] -= 1

    def deliver(self, request: InFlight) -> None:
        _, out_seq, part, *repeat = request.row.reply_key.split(":")
        place = (int(out_seq), int(part), len(repeat))
        before = self.delivered.setdefault(request.row.lane, [])
        assert not before or before[-1] < place, f"{request.row.reply_key} arrives after {before[-1]}"
        before.append(place)

    def late(self, now: float) -> list[InFlight]:
        """Requests whose time limit is over."""
        return [request for request in self.in_flight if now > request.started_at + REQUEST_TIMEOUT_S]
