"""Live events from the bus, turned into rings at the doors of open pages."""

from collections.abc import Callable

from supportbot.common.bus.port import Bus
from supportbot.common.contracts import (
    AnswerReady,
    ConversationClosed,
    EscalationRaised,
    OperatorReplied,
    QuestionAsked,
)
from supportbot.common.contracts.envelope import Event
from supportbot.common.web.doorbell import Doorbell

_HEARD = (QuestionAsked, AnswerReady, EscalationRaised, OperatorReplied, ConversationClosed)


def ring_on_events(bus: Bus, bell: Doorbell) -> Callable[[], None]:
    """Wake the pages of a conversation at whatever happens in it. Returns what ends it."""

    async def ring(event: Event) -> None:
        bell.ring(event.correlation_id)

    return bus.listen(_HEARD, ring)
