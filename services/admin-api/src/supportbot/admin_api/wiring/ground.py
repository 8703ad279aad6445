"""What every area is built on."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from supportbot.admin_api.access.pace import Pace
from supportbot.admin_api.access.recognising import Recogniser
from supportbot.admin_api.dependencies import Dependencies
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.rendering import Rendering
from supportbot.common.database.transactions import Database


@dataclass(frozen=True)
class Ground:
    """The dependencies, and what is made of them once."""

    given: Dependencies
    recogniser: Recogniser
    rendering: Rendering
    pages: PageGuard
    keys: KeyGuard

    @property
    def database(self) -> Database:
        """The one truth."""
        return self.given.database


@dataclass(frozen=True)
class Area:
    """Routes of one part of the product."""

    pages: Sequence[APIRouter]
    """For browsers."""
    api: Sequence[APIRouter] = ()
    """For programs, under `/api/v1`."""


def ground_on(given: Dependencies) -> Ground:
    """Everybody is recognised in one place."""
    recogniser = Recogniser(given.database, given.tokens)
    rendering = Rendering(recogniser, given.chat_path)
    keys = KeyGuard(given.database, recogniser, Pace(given.requests_per_minute))
    return Ground(given, recogniser, rendering, PageGuard(recogniser), keys)
