"""What a conversation should be after each step, in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from supportbot.common.database.leases import SENDER_LEASE_S
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S
from supportbot.common.database.sweep import FAR_FUTURE_S
from supportbot.common.database.turns import LEASE_S, Turn
from supportbot.common.ids import ConversationId
from tests.protocol.gateway import LONG

PATIENCE_S = SENDER_LEASE_S + REQUEST_TIMEOUT_S
SLACK_S = 3.0
"""The database's clock runs while a test does: around a deadline both outcomes are right."""


@dataclass
class Message:
    """A message; `replaced` once an edit took its place."""

    external_id: int
    text: str
    replaced: bool = False


@dataclass
class ModelReply:
    """A row of `outbound`: a reply to messages `first` to `last`, a part of it or its repeat; or a person's."""

    key: str
    place: tuple[int, int, int]
    status: str
    first: int = 0
    last: int = 0
    by_machine: bool = True
    sender: UUID | None = None
    resolve_at: float | None = None

    @property
    def is_repeat(self) -> bool:
        return self.place[2] == 1

    @property
    def is_over(self) -> bool:
        """Whether nothing has to happen to it any more, so that what comes after it may go."""
        return self.status in ("sent", "cancelled", "failed") or (
            self.status == "uncertain" and self.resolve_at is None
        )


@dataclass
class Model:
    """One conversation. Message n has `seq` n; replies stand in their order. Moments are of the database's clock."""

    id: ConversationId
    bot: str
    """Empty on the web."""
    due: float
    messages: list[Message] = field(default_factory=list)
    replies: list[ModelReply] = field(default_factory=list)
    done: int = 0
    out: int = 0
    mode: str = "machine"
    token: UUID | None = None
    turn_to: int | None = None
    dealt_with: int = 0
    """A person saw to everything up to here."""

    @property
    def last(self) -> int:
        return len(self.messages)

    @property
    def pending(self) -> bool:
        return self.mode == "machine" and self.done < self.last

    def must_be_due(self, now: float) -> bool:
        return self.pending and self.due < now - SLACK_S

    def may_be_due(self, now: float) -> bool:
        return self.pending and self.due <= now + SLACK_S

    # what people do

    def message(self, external_id: int, text: str, due: float) -> None:
        if self.token is None and self.done == self.last:
            self.due = due
        self.messages.append(Message(external_id, text))
        if self.mode == "closed":
            self.mode = "machine"

    def edit(self, external_id: int, text: str, due: float) -> None:
        same = (m for m in enumerate(self.messages, start=1) if m[1].external_id == external_id and not m[1].replaced)
        seq, original = next(same, (0, None))
        self.message(external_id, text, due)
        if original is not None:
            original.replaced = True
            self._let_go(due)
            self._cancel(since=seq)

    def take_over(self, now: float) -> None:
        self._let_go(now)
        self.mode = "person"
        self._cancel(since=0)

    def hand_back(self, now: float) -> None:
        self._let_go(now)
        self.mode = "machine"

    def close(self, now: float) -> None:
        self._let_go(now)
        self.mode = "closed"
        self.done = self.dealt_with = self.last

    def reply(self, seen: int, now: float) -> str:
        seen = min(seen, self.last)
        self.dealt_with = max(self.dealt_with, seen)
        if self.done < seen:
            self.done = seen
            self._let_go(now)
        return self._queue(by_machine=False)

    def _let_go(self, due: float) -> None:
        self.token, self.turn_to, self.due = None, None, due

    def _cancel(self, since: int) -> None:
        cancelled = [
            r
            for r in self.replies
            if r.by_machine and r.status == "waiting" and r.place[1:] == (0, 0) and r.last >= since
        ]
        for reply in cancelled:
            self.done = min(self.done, reply.first - 1)
            for part in self.replies:
                if part.place[0] == reply.place[0] and part.status == "waiting":
                    part.status = "cancelled"

    # what workers do

    def claim(self, turn: Turn, now: float) -> None:
        assert self.may_be_due(now), f"{turn} was claimed, due in {self.due - now:.1f} s"
        assert turn.done_seq == self.done
        assert turn.turn_to == (self.turn_to or self.last), "a burst is frozen by its first claim"
        self.token, self.turn_to, self.due = turn.token, turn.turn_to, now + LEASE_S

    def renew(self, turn: Turn, now: float) -> None:
        if turn.token == self.token:
            self.due = now + LEASE_S

    def release(self, turn: Turn, due: float) -> None:
        if turn.token == self.token:
            self.token, self.due = None, due

    def finish(self, turn: Turn, now: float) -> str:
        first, self.done = self.done + 1, turn.turn_to
        self._let_go(now)
        return self._queue(by_machine=True, first=first, last=turn.turn_to)

    def _queue(self, *, by_machine: bool, first: int = 0, last: int = 0) -> str:
        self.out += 1
        key = f"{self.id}:{self.out}:0"
        status = "waiting" if self.bot else "sent"
        self.replies.append(ModelReply(key, (self.out, 0, 0), status, first, last, by_machine))
        return key

    # what senders do

    def split(self, key: str, pieces: Sequence[str]) -> None:
        whole = self.reply_of(key)
        assert whole is not None
        for part in range(1, len(pieces)):
            place = (whole.place[0], part, 0)
            self._insert(
                ModelReply(
                    f"{self.id}:{whole.place[0]}:{part}", place, "waiting", whole.first, whole.last, whole.by_machine
                )
            )

    def begin(self, key: str, sender: UUID) -> None:
        reply = self.reply_of(key)
        assert reply is not None
        assert reply.status == "waiting"
        for earlier in self.replies[: self.replies.index(reply)]:
            assert earlier.is_over, f"{key} goes before {earlier}"
        reply.status, reply.sender = "sending", sender

    def request_ended(self, key: str, outcome: str, sender: UUID, now: float) -> None:
        """The sender notes what became of a row; where the row is not its own any more, only that it arrived counts."""
        reply = self.reply_of(key)
        if reply is None:
            return
        if outcome == "sent":
            reply.status, reply.resolve_at = "sent", None
            repeat = self.reply_of(f"{key}:repeat")
            if repeat is not None and repeat.status == "waiting":
                repeat.status = "cancelled"
        elif reply.status == "sending" and reply.sender == sender:
            reply.status = {"not sent": "waiting", "never": "failed"}.get(outcome, "uncertain")
            if outcome == "uncertain":
                reply.resolve_at = now + PATIENCE_S
            elif outcome == "never":
                for later in self.replies:
                    part_of_it = later.place[0] == reply.place[0] and later.place[1] > reply.place[1]
                    if part_of_it and later.status == "waiting":
                        later.status = "cancelled"

    def inherit(self, sender: UUID, now: float) -> None:
        for reply in self.replies:
            if reply.status == "sending" and reply.sender != sender:
                reply.status, reply.resolve_at = "uncertain", now

    def settle(self, key: str, now: float) -> None:
        """It was uncertain long enough: it gets its one repeat, a repeat gets none."""
        reply = self.reply_of(key)
        assert reply is not None
        assert reply.status == "uncertain"
        assert reply.resolve_at is not None
        assert reply.resolve_at <= now + SLACK_S, f"{key} is settled too early"
        reply.resolve_at = None
        if not reply.is_repeat:
            place = (*reply.place[:2], 1)
            self._insert(ModelReply(f"{key}:repeat", place, "waiting", reply.first, reply.last, reply.by_machine))

    def _insert(self, reply: ModelReply) -> None:
        self.replies.append(reply)
        self.replies.sort(key=lambda known: known.place)

    def reset_far_future(self, now: float) -> None:
        if self.pending and self.due > now + FAR_FUTURE_S:
            self.due = now
        for reply in self.replies:
            if reply.resolve_at is not None and reply.resolve_at > now + PATIENCE_S:
                reply.resolve_at = now + PATIENCE_S

    # what must hold

    def reply_of(self, key: str) -> ModelReply | None:
        return next((reply for reply in self.replies if reply.key == key), None)

    def statuses(self) -> dict[str, str]:
        return {reply.key: reply.status for reply in self.replies}

    def unsettled(self) -> bool:
        """Whether anything has yet to be sent."""
        return not all(reply.is_over for reply in self.replies)

    def unanswered(self, bodies: dict[str, str]) -> list[str]:
        """Texts that stand, that no person saw to, and that are in no reply that stands."""
        said = " ".join(
            bodies[r.key] for r in self.replies if r.by_machine and r.status != "cancelled" and not r.is_repeat
        )
        standing = [
            piece.strip()
            for seq, message in enumerate(self.messages, start=1)
            if not message.replaced and seq > self.dealt_with
            for piece in message.text.split(LONG)
        ]
        return [text for text in standing if text not in said]
