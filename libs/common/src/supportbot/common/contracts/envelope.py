"""What every event carries beside its own data, and how events become bytes and come back."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from supportbot.common.errors import SupportbotError
from supportbot.common.ids import EventId, uuid7


class UnknownEventError(SupportbotError):
    """Bytes that are no event of ours, or of a version that we do not know."""


_known: "dict[str, type[Event]]" = {}


def _now() -> datetime:
    return datetime.now(UTC)


class Event(BaseModel):
    """A fact that has been stored. A new field needs a default; a breaking change is a new version."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    routing_key: ClassVar[str] = ""
    """Topic of the exchange: `<stream>.<what happened>`."""
    lives_s: ClassVar[float | None] = None
    """Seconds for which it is worth anything; such an event is for live views only and is stored nowhere."""
    version: int = 1
    message_id: EventId = Field(default_factory=lambda: EventId(uuid7()))
    correlation_id: UUID
    """The conversation or document that all of this is about."""
    causation_id: UUID | None = None
    """The event or message that led to this one."""
    occurred_at: AwareDatetime = Field(default_factory=_now)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Makes every event type known to `decode`, by its class name."""
        _known[cls.__name__] = cls


def known_events() -> dict[str, type[Event]]:
    """Every event type by name."""
    return dict(_known)


def encode(event: Event) -> str:
    """An event as JSON, with its type in `type`."""
    return f'{{"type":"{type(event).__name__}",{event.model_dump_json()[1:]}'


def decode(body: str | bytes) -> Event:
    """The event in a JSON body; raises UnknownEventError for anything else."""
    try:
        data = json.loads(body)
        kind = _known[data["type"]]
        event = kind.model_validate(data)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise UnknownEventError(f"Not an event that this version knows ({type(error).__name__})") from error
    if event.version != kind.model_fields["version"].default:
        raise UnknownEventError(f"{kind.__name__} has version {event.version}, which this version does not know")
    return event
