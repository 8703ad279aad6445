"""How each bot's updates come, for whoever watches the product."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from supportbot.gateway.domain.update_route import Mode


@dataclass(frozen=True, slots=True)
class ChannelState:
    """The way on which updates come, the reason for it, and since when."""

    mode: Mode
    why: str
    since: datetime | None


class Channel(Protocol):
    """A bot's part of the gateway."""

    @property
    def state(self) -> ChannelState:
        """How its updates come."""
        ...

    @property
    def trouble(self) -> str | None:
        """What keeps updates away for now, without being this process's fault: it stays ready, the web chat works."""
        ...

    async def check(self) -> str | None:
        """What is wrong with it."""
        ...


def channel_health_router(channels: Mapping[str, Channel]) -> APIRouter:
    """The route that tells it. Polling in place of the webhook is no failure: everything works."""
    router = APIRouter(tags=["health"])

    @router.get("/health/telegram")
    async def telegram() -> JSONResponse:
        """How updates come, bot by bot; 503 where they do not, or replies do not go."""
        bots = await channels_told(channels)
        healthy = not any(bot["problem"] for bot in bots.values())
        return JSONResponse({"status": "ok" if healthy else "unavailable", "bots": bots}, 200 if healthy else 503)

    return router


async def channels_told(channels: Mapping[str, Channel]) -> dict[str, dict[str, Any]]:
    """How updates come, bot by bot, as JSON."""
    problems = {name: await channel.check() or channel.trouble for name, channel in channels.items()}
    return {name: _described(channel.state, problems[name]) for name, channel in channels.items()}


def _described(state: ChannelState, problem: str | None) -> dict[str, Any]:
    since = state.since.isoformat(timespec="seconds") if state.since else None
    return {"updates": state.mode, "why": state.why, "since": since, "problem": problem}
