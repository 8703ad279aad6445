"""The confidence threshold over REST, under `/api/v1/settings/threshold`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.administration.threshold import ThresholdService
from supportbot.admin_api.api_router import guarded_router
from supportbot.admin_api.if_match import ChangedMeanwhileError, Match, expected_version
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, problems

PATH: Final = "/api/v1/settings/threshold"


class Threshold(BaseModel):
    """From which confidence on the machine answers by itself."""

    threshold: float = Field(ge=0, le=1, description="What holds now", examples=[0.75])
    of_environment: float = Field(description="What `CONFIDENCE_THRESHOLD` says, or its default", examples=[0.7])
    chosen_by: str = Field(description="Who chose what holds; empty where the environment's does", examples=["Anna"])
    chosen_at: datetime | None = Field(description="When", examples=["2026-03-02T09:15:00Z"])


class ThresholdToHold(BaseModel):
    """What is to hold."""

    model_config = ConfigDict(extra="forbid")
    threshold: float | None = Field(
        ge=0, le=1, allow_inf_nan=False, description="null: the environment's again", examples=[0.75]
    )


@dataclass(frozen=True, slots=True)
class ThresholdEndpoints:
    """Read by who may see settings, changed by administrators."""

    service: ThresholdService
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "settings")
        router.add_api_route("", self.show_threshold, methods=["GET"], response_model=Threshold)
        changed = {"response_description": "As it is now", "responses": problems(412, 428)}
        router.add_api_route("", self.set_threshold, methods=["PUT"], response_model=Threshold, **changed)  # type: ignore[arg-type]  # of two kinds
        return router

    async def show_threshold(self) -> Response:
        """What holds; the ETag goes back as If-Match with a change."""
        holds = await self.service.now()
        body = Threshold(
            threshold=holds.threshold, of_environment=holds.of_environment, chosen_by=holds.by, chosen_at=holds.at
        )
        headers = {"ETag": f'"{holds.tag}"', "Cache-Control": "no-store"}
        return JSONResponse(body.model_dump(mode="json"), headers=headers)

    async def set_threshold(self, request: Request, wanted: ThresholdToHold, if_match: Match = None) -> Response:
        """Have another one hold; answerers take it up within seconds, and the audit log says who did it."""
        expected, caller = expected_version(if_match), caller_of(request)
        try:
            if wanted.threshold is None:
                await self.service.leave_to_environment(caller.actor, expected)
            else:
                await self.service.choose(round(wanted.threshold, 4), caller.actor, expected)
        except ChangedMeanwhileError as error:
            raise Problem(412, "changed_meanwhile") from error
        return await self.show_threshold()
