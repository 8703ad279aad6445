"""The gateway put together: wiring only; what a part consists of is in `wiring`."""

from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import APIRouter

from supportbot.common.database.standings import tell_forever
from supportbot.common.lifecycle import Check, Loops
from supportbot.gateway.dependencies import Dependencies
from supportbot.gateway.entrypoints.starters import StartersWatch
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.say_who_answers import keep_saying_who_answers, say_who_answers
from supportbot.gateway.wiring.telegram import channels_on, routers_of, staff_on, standing_of
from supportbot.gateway.wiring.web import chat_on

__all__ = ["Dependencies", "Gateway", "build"]


class Gateway:
    """The channels: web chat always, Telegram where a token is set. See Service."""

    name = "gateway"

    def __init__(self, dependencies: Dependencies) -> None:
        self._given = dependencies
        self._loops = Loops()
        drafts = LiveDrafts()
        self._channels = channels_on(dependencies, drafts)
        self._chat = chat_on(dependencies, drafts)
        self._staff = staff_on(dependencies, self._wake)
        refresh = dependencies.refresh_starters
        self._starters = None if refresh is None else StartersWatch(refresh, dependencies.bus)
        self.routers: Sequence[APIRouter] = [self._chat.router, *routers_of(self._channels, dependencies.settings)]
        # Without any bot too: nobody else takes these events, and a queue that only grows refuses at last.
        self._staff.subscribe(dependencies.bus)

    @property
    def checks(self) -> Mapping[str, Check]:
        return {channel.name: channel.check for channel in self._channels}

    async def start(self) -> None:
        database, settings = self._given.database, self._given.settings
        if not await say_who_answers(database, settings.people):
            self._loops.start("say who answers", lambda: keep_saying_who_answers(database, settings.people))
        if self._starters is not None:
            await self._starters.look()
            self._loops.start("starters", self._starters.run)
        self._chat.start()
        for channel in self._channels:
            await channel.start()
        standing = partial(standing_of, self._channels, settings)
        self._loops.start("tell how it is", lambda: tell_forever(database, self.name, standing))
        if self._channels:
            self._loops.start("staff", self._staff.run)

    async def stop(self) -> None:
        await self._chat.stop()
        await self._loops.stop()
        for channel in self._channels:
            await channel.stop()

    def _wake(self) -> None:
        for channel in self._channels:
            channel.wake()


def build(dependencies: Dependencies) -> Gateway:
    """The gateway, ready to be started."""
    return Gateway(dependencies)
