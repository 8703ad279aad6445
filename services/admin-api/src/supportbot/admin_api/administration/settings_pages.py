"""What the services say of themselves: how updates come, where answers begin, what is limited."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.administration.curve import CurveStore
from supportbot.admin_api.administration.threshold import ThresholdService, UnfitThresholdError, typed_threshold
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.standings import TELL_EVERY_S, every_standing
from supportbot.common.database.transactions import Database

CHANNELS: Final = "/inbox/channels"
THRESHOLD: Final = "/inbox/threshold"
LIMITS: Final = "/inbox/limits"
_STALE: Final = timedelta(seconds=4 * TELL_EVERY_S)


@dataclass(frozen=True, slots=True)
class SettingsPages:
    """Settings are changed where they are set, but for the threshold: that is changed beside its curve."""

    database: Database
    curve: CurveStore
    thresholds: ThresholdService
    own_settings: dict[str, Any]
    """Of the admin API itself."""
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router("", self.guard.demand("settings"))
        router.add_api_route(CHANNELS, self.show_channels, methods=["GET"])
        router.add_api_route(THRESHOLD, self.show_threshold, methods=["GET"])
        router.add_api_route(THRESHOLD, self.choose_threshold, methods=["POST"])
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
        return await self._threshold_page(request)

    async def choose_threshold(self, request: Request) -> Response:
        """Have another one hold, or the environment's again; answerers take it up within seconds."""
        caller = caller_of(request)
        fields = await form_of(request)
        if "environment" in fields:
            await self.thresholds.leave_to_environment(caller.actor)
            return to_page(f"{THRESHOLD}?done=environment")
        try:
            await self.thresholds.choose(typed_threshold(fields.get("threshold", "")), caller.actor)
        except UnfitThresholdError:
            return await self._threshold_page(request, Refusal("threshold.unfit", 422))
        return to_page(f"{THRESHOLD}?done=chosen")

    async def _threshold_page(self, request: Request, refusal: Refusal = NOTHING) -> Response:
        holds = await self.thresholds.now()
        curve = await self.curve.measured()
        return self.rendering.page(request, "threshold.html", refusal, holds=holds, curve=curve)

    async def show_limits(self, request: Request) -> Response:
        """Every limit with its effect."""
        told = await self.database.read(every_standing)
        settings = {name: one.told.get("settings", {}) for name, one in told.items()}
        groups = {**settings, "admin-api": self.own_settings}
        return self.rendering.page(request, "limits.html", NOTHING, groups=groups)
