"""Telegram's sending limits: 30 messages a second, one a second in each chat, 20 a minute in a group.

Kept by the monotonic clock and in memory: one sender per bot holds the lease, so nobody else counts against them.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

MARGIN_S = 0.05
"""Requests may overtake each other on their way: windows are a little longer than Telegram's."""
REMEMBERED = 10_000


@dataclass(slots=True)
class Window:
    """So many messages within so many seconds."""

    count: int
    seconds: float
    sent: deque[float] = field(default_factory=deque)

    def wait_s(self, now_s: float) -> float:
        """Seconds until one more fits."""
        while self.sent and self.sent[0] <= now_s - self.seconds:
            self.sent.popleft()
        return 0.0 if len(self.sent) < self.count else self.sent[len(self.sent) - self.count] + self.seconds - now_s

    def move(self, counted_s: float, now_s: float) -> None:
        """Let a message that was counted at one moment count at a later one, even if the first is long past."""
        if counted_s in self.sent:
            self.sent.remove(counted_s)
        self.sent.append(now_s)


@dataclass(slots=True)
class _ChatState:
    windows: tuple[Window, ...]
    paused_until_s: float = float("-inf")

    def wait_s(self, now_s: float) -> float:
        return max(0.0, self.paused_until_s - now_s, *(window.wait_s(now_s) for window in self.windows))


class SendingLimits:
    """What may be sent now, and how long everything else has to wait. Chats are Telegram's ids, not topics in them."""

    def __init__(self, per_second: int = 30) -> None:
        self._overall = Window(per_second, 1.0 + MARGIN_S)
        self._chats: OrderedDict[int, _ChatState] = OrderedDict()

    def wait_s(self, chat: int, now_s: float) -> float:
        """Seconds until a message to this chat may go; 0 means now."""
        state = self._chats.get(chat)
        return max(self._overall.wait_s(now_s), 0.0 if state is None else state.wait_s(now_s))

    def count(self, chat: int, now_s: float) -> None:
        """Note that a message goes to this chat."""
        self._overall.sent.append(now_s)
        for window in self._state(chat, now_s).windows:
            window.sent.append(now_s)

    def has_room_beside(self, chat: int, now_s: float) -> bool:
        """Whether what may as well be dropped can go too: half of what goes in a second is left to messages."""
        self._overall.wait_s(now_s)
        state = self._chats.get(chat)
        is_paused = state is not None and state.paused_until_s > now_s
        return not is_paused and len(self._overall.sent) < self._overall.count // 2

    def count_beside(self, now_s: float) -> None:
        """Note that something goes that counts overall alone."""
        self._overall.sent.append(now_s)

    def begin(self, chat: int, counted_s: float, now_s: float) -> None:
        """Note that a message that was counted goes only now: the database may have taken its time in between.

        The same once its request has ended: nobody knows when in between Telegram counted it, so it counts from then.
        """
        for window in (self._overall, *self._state(chat, now_s).windows):
            window.move(counted_s, now_s)

    def pause(self, chat: int, until_s: float, now_s: float) -> None:
        """Send nothing to this chat before `until_s`: Telegram said so."""
        state = self._state(chat, now_s)
        state.paused_until_s = max(state.paused_until_s, until_s)

    def _state(self, chat: int, now_s: float) -> _ChatState:
        state = self._chats.get(chat)
        if state is None:
            state = self._chats[chat] = _ChatState(_windows(chat))
        self._chats.move_to_end(chat)
        while len(self._chats) > REMEMBERED and next(iter(self._chats.values())).wait_s(now_s) <= 0:
            self._chats.popitem(last=False)
        return state


def _windows(chat: int) -> tuple[Window, ...]:
    each_second = Window(1, 1.0 + MARGIN_S)
    is_group = chat < 0
    return (each_second, Window(20, 60.0 + 10 * MARGIN_S)) if is_group else (each_second,)
