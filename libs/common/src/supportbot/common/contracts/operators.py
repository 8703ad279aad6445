"""Stream `operator`: what operators do."""

from typing import ClassVar
from uuid import UUID

from supportbot.common.contracts.envelope import Event


class OperatorReplied(Event):
    """An operator's reply was stored; it stands in `outbound` under `reply_key`."""

    routing_key: ClassVar[str] = "operator.replied"
    conversation_id: UUID
    reply_key: str
    channel: str
    operator: str
    text: str
