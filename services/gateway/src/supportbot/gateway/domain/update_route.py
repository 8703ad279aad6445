"""The two ways on which updates come, and when to change between them."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["starting", "webhook", "polling", "standby"]
"""`standby`: another process decides and fetches; updates that Telegram sends to this one are taken in all the same."""
MODES: tuple[Mode, ...] = ("starting", "webhook", "polling", "standby")
_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class RouteTiming:
    """How often is looked, and when a webhook that failed is tried again, in seconds."""

    look_every_s: float = 30.0
    doubt_every_s: float = 5.0
    """After the webhook was set, and where it may have stopped delivering."""
    first_return_s: float = 60.0
    longest_return_s: float = 1800.0

    def return_after_s(self, trials: int) -> float:
        """How long to poll before the webhook is tried again, after so many trials that failed."""
        doubled = self.first_return_s * 2.0 ** min(max(trials - 1, 0), _MOST_DOUBLINGS)
        return min(doubled, self.longest_return_s)

    def trials_after(self, trials: int, *, worked: bool, held_s: float) -> int:
        """How many trials in a row have failed now. One that worked for less long than was waited for it failed too."""
        return 1 if worked and held_s >= self.return_after_s(trials) else trials + 1
