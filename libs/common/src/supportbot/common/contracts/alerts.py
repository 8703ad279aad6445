"""Stream `alert`: what somebody who runs the product should look at."""

from typing import ClassVar, Literal

from supportbot.common.contracts.envelope import Event


class AlertRaised(Event):
    """Something needs a person's attention."""

    routing_key: ClassVar[str] = "alert.raised"
    kind: str
    severity: Literal["warning", "critical"]
    text: str
