"""What a conversation should be after each step, in plain Python."""

from dataclasses import dataclass, field
from uuid import UUID

from supportbot.common.database.turns import Turn


@dataclass
class Message:
    """A message; `replaced` once an edit took its place."""

    external_id: int
    text: str
    replaced: bool = False


@dataclass
class ModelReply:
    """A reply to messages `first` to `last`, or a person's."""

    key: str
    status: str
    first: int = 0
    last: int = 0
    by_machine: bool = True
    repeats: "ModelReply | None" = None
    settled: bool = False


@dataclass
class Model:
    """One conversation. Message n has `seq` n; replies stand in their order."""

    messages: list[Message] = field(default_factory=list)
    replies: list[ModelReply] = field(default_factory=list)
    done: int = 0
    mode: str = "machine"
    token: UUID | None = None
    dealt_with: int = 0
    """A person saw to everything up to here."""

    @property
    def last(self) -> int:
        return len(self.messages)

    def newest_external_id(self) -> int:
        return max(message.external_id for message in self.messages)

    def message(self, external_id: int, text: str) -> None:
        self.messages.append(Message(external_id, text))
        if self.mode == "closed":
            self.mode = "machine"

    def edit(self, external_id: int, text: str) -> None:
        seq, original = next(
            (seq, m) for seq, m in enumerate(self.messages, start=1) if m.external_id == external_id and not m.replaced
        )
        original.replaced = True
        self.message(external_id, text)
        self.token = None
        self._cancel(since=seq)

    def claim(self, turn: Turn) -> None:
        assert self.mode == "machine"
        assert self.done < self.last
        assert turn.done_seq == self.done
        self.token = turn.token

    def owns(self, turn: Turn) -> bool:
        return turn.token == self.token

    def release(self, turn: Turn) -> None:
        if self.owns(turn):
            self.token = None

    def finish(self, turn: Turn, key: str) -> None:
        self.replies.append(ModelReply(key, "waiting", turn.done_seq + 1, turn.turn_to))
        self.done, self.token = turn.turn_to, None

    def take_over(self) -> None:
        self.token, self.mode = None, "person"
        self._cancel(since=0)

    def hand_back(self) -> None:
        self.token, self.mode = None, "machine"

    def close(self) -> None:
        self.token, self.mode = None, "closed"
        self.done = self.dealt_with = self.last

    def reply(self, seen: int, key: str) -> None:
        self.replies.append(ModelReply(key, "waiting", by_machine=False))
        self.dealt_with = max(self.dealt_with, min(seen, self.last))
        if self.done < min(seen, self.last):
            self.done, self.token = min(seen, self.last), None

    def _cancel(self, since: int) -> None:
        cancelled = [
            r for r in self.replies if r.by_machine and r.status == "waiting" and r.last >= since and not r.repeats
        ]
        for reply in cancelled:
            reply.status = "cancelled"
            self.done = min(self.done, reply.first - 1)

    def statuses(self) -> dict[str, str]:
        return {reply.key: reply.status for reply in self.replies}

    def begin(self, key: str) -> None:
        reply = self._reply(key)
        for earlier in self.replies[: self.replies.index(reply)]:
            over = earlier.status in ("sent", "cancelled") or (earlier.status == "uncertain" and earlier.settled)
            assert over, f"{key} goes before {earlier}"
        assert reply.status == "waiting"
        reply.status = "sending"

    def on_its_way(self) -> str | None:
        return next((reply.key for reply in self.replies if reply.status == "sending"), None)

    def request_ended(self, key: str, fate: str) -> None:
        self._reply(key).status = {"sent": "sent", "not sent": "waiting"}.get(fate, "uncertain")

    def settle(self, keys: list[str]) -> None:
        """These were uncertain long enough: each gets its one repeat, a repeat gets none."""
        for key in keys:
            reply = self._reply(key)
            assert reply.status == "uncertain"
            assert not reply.settled
            reply.settled = True
            if reply.repeats is None:
                repeat = ModelReply(
                    f"{key}:repeat", "waiting", reply.first, reply.last, reply.by_machine, repeats=reply
                )
                self.replies.insert(self.replies.index(reply) + 1, repeat)

    def _reply(self, key: str) -> ModelReply:
        return next(reply for reply in self.replies if reply.key == key)

    def unsettled(self) -> bool:
        """Whether anything has yet to be sent."""
        return any(
            reply.status in ("waiting", "sending") or (reply.status == "uncertain" and not reply.settled)
            for reply in self.replies
        )

    def unanswered(self, bodies: dict[str, str]) -> list[str]:
        """Texts that stand, that no person saw to, and that are in no reply that stands."""
        said = " ".join(
            bodies[r.key] for r in self.replies if r.by_machine and r.status != "cancelled" and not r.repeats
        )
        texts = [
            message.text
            for seq, message in enumerate(self.messages, start=1)
            if not message.replaced and seq > self.dealt_with
        ]
        return [text for text in texts if text not in said]
