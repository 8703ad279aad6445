"""Where the updates of one bot go, and who in Telegram may do more than ask."""

from dataclasses import dataclass, field

from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.updates import ButtonPressed, UserMessage
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.pace_people import Pacing


@dataclass(slots=True)
class OwnName:
    """The bot's name, as soon as Telegram has told it."""

    username: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """Where updates of one bot go, and who may do more than ask."""

    database: Database
    bot: BotId
    admins: frozenset[int]
    burst_s: float
    alerts_group: int | None = None
    """The group that gets alerts: what is said there about them is no question."""
    pacing: Pacing | None = None
    """How much one person may ask; None: as much as they like."""
    desk: Desk = field(default_factory=Desk)
    own: OwnName = field(default_factory=OwnName)
    transcribes: bool = False
    """Whether what is spoken is written down before it is answered."""
    topics_groups: frozenset[int] = frozenset()
    """The forum groups in which staff talk with people, one topic for each."""
    drafts: LiveDrafts | None = None
    """What is being written, for who stops it."""

    def is_about_alerts(self, update: UserMessage) -> bool:
        """Whether it was said in the group that gets alerts."""
        return Address.read(update.chat).chat_id == self.alerts_group

    def may_answer(self, update: UserMessage | ButtonPressed) -> bool:
        """Whether it comes from somebody who answers questions."""
        return update.sender_id in self.admins or Address.read(update.chat).chat_id in self.topics_groups

    def is_staff(self, update: UserMessage) -> bool:
        """Whether it comes from staff, wherever they said it."""
        return self.may_answer(update) or self.is_about_alerts(update)
