"""What the services say of themselves: how updates come, where answers begin, what is limited."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.administration.curve import CurveStore
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import PageRoute
from supportbot.admin_api.rendering import NOTHING, Rendering
from supportbot.common.database.standings import TELL_EVERY_S, every_standing
from supportbot.common.database.transactions import Database

CHANNELS: Final = "/inbox/channels"
THRESHOLD: Final = "/inbox/threshold"
LIMITS: Final = "/inbox/limits"
_STALE: Final = timedelta(seconds=4 * TELL_EVERY_S)
_USUAL_THRESHOLD: Final = 0.7


@dataclass(frozen=True, slots=True)
class SettingsPages:
    """Routes that only show: settings are changed where they are set."""

    database: Database
    curve: CurveStore
    own_settings: dict[str, Any]
    """Of the admin API itself."""
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        demands = [Depends(self.guard.demand("settings"))]
        router = APIRouter(include_in_schema=False, route_class=PageRoute, dependencies=demands)
        router.add_api_route(CHANNELS, self.show_channels, methods=["GET"])
        router.add_api_route(THRESHOLD, self.show_threshold, methods=["GET"])
        router.add_api_route(LIMITS, self.show_limits, methods=["GET"])
        return router

    async def show_channels(self, request: Request) -> Response:
        """Where people write, and how what they write comes in."""
        gateway = (await self.database.read(every_standing)).get("gateway")
        stale = gateway is None or datetime.now(UTC) - gateway.told_at > _STALE
        bots = {} if gateway is None else gateway.told.get("bots", {})
        return self.rendering.page(request, "channels.html", NOTHING, gateway=gateway, bots=bots, stale=stale)

    async def show_threshold(self, request: Request) -> Response:
        """How much would be answered, and how much of that would be wrong, from each confidence on."""
        answerer = (await self.database.read(every_standing)).get("answerer")
        told = {} if answerer is None else answerer.told.get("settings", {})
        threshold = float(told.get("CONFIDENCE_THRESHOLD", _USUAL_THRESHOLD))
        curve = await self.curve.measured()
        return self.rendering.page(request, "threshold.html", NOTHING, threshold=threshold, curve=curve)

    async def show_limits(self, request: Request) -> Response:
        """Every limit with its effect."""
        told = await self.database.read(every_standing)
        settings = {name: one.told.get("settings", {}) for name, one in told.items()}
        groups = {**settings, "admin-api": self.own_settings}
        return self.rendering.page(request, "limits.html", NOTHING, groups=groups)
