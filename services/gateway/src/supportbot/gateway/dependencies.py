"""What the gateway stands on, chosen by whoever opens it: embedded or networked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from supportbot.common.bus.port import Bus
from supportbot.common.cache.port import Cache
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.settings import GatewaySettings


@dataclass(frozen=True)
class Dependencies:
    """Stores, settings, and what greets somebody new."""

    database: Database
    bus: Bus
    settings: GatewaySettings
    cache: Cache
    files: Files
    """Where contents of files are, the same for every service."""
    starters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By language, questions that someone new may tap."""
    refresh_starters: Callable[[], Awaitable[None]] | None = None
    """Brings them up to date; None where they stay as they are."""
    default_company: Mapping[str, str] = field(default_factory=dict)
    """By language, the name that people read where no company is named."""
    inbox_path: str = ""
    """Where the inbox is, if this process serves it too."""
    route_timing: RouteTiming = field(default_factory=RouteTiming)
