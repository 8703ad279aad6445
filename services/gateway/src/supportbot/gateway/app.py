"""The gateway put together: wiring only."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from supportbot.common.bus.port import Bus
from supportbot.common.cache.port import Cache
from supportbot.common.database.standings import tell_forever, told_settings
from supportbot.common.database.transactions import Database
from supportbot.common.lifecycle import Check, Loops
from supportbot.gateway.adapters.web_conversations import SqlWebConversations
from supportbot.gateway.channel import TelegramChannel
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.entrypoints.channel_health import channel_health_router, channels_told
from supportbot.gateway.entrypoints.staff import StaffWatch
from supportbot.gateway.entrypoints.starters import StartersWatch
from supportbot.gateway.entrypoints.web_chat import WebChat, WebChatDependencies
from supportbot.gateway.entrypoints.webhook import webhook_router
from supportbot.gateway.receiving import intake_of
from supportbot.gateway.settings import GatewaySettings
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.group_alerts import AlertGroups
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.notify_staff import Staff
from supportbot.gateway.use_cases.pace_people import Pacing
from supportbot.gateway.use_cases.say_who_answers import keep_saying_who_answers, say_who_answers

_TOLD = (
    "user_messages_per_minute",
    "telegram_sends_per_second",
    "burst_window",
    "repeat_uncertain",
    "people_answer",
    "contacts",
    "working_hours",
    "working_hours_zone",
    "remind_after",
    "hand_back_after",
)
"""Settings that administrators see beside what comes of them; none of them is a secret."""
VISITORS_PER_ADDRESS = 6
"""As many visitors at one address may write as much as they can; who drops the cookie is a new visitor."""


@dataclass(frozen=True)
class Dependencies:
    """What the gateway stands on, chosen by whoever opens it: embedded or networked."""

    database: Database
    bus: Bus
    settings: GatewaySettings
    cache: Cache
    starters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By language, questions that someone new may tap."""
    refresh_starters: Callable[[], Awaitable[None]] | None = None
    """Brings them up to date; None where they stay as they are."""
    default_company: Mapping[str, str] = field(default_factory=dict)
    """By language, the name that people read where no company is named."""
    inbox_path: str = ""
    """Where the inbox is, if this process serves it too."""
    route_timing: RouteTiming = field(default_factory=RouteTiming)


class Gateway:
    """The channels: web chat always, Telegram where a token is set. See Service."""

    name = "gateway"

    def __init__(self, dependencies: Dependencies) -> None:
        database, settings = dependencies.database, dependencies.settings
        self._database, self._settings = database, settings
        accounts = settings.bots
        timing = dependencies.route_timing
        pacing = Pacing(dependencies.cache, settings.user_messages_per_minute)
        desk = Desk(dependencies.starters, settings.company_name, dependencies.default_company, settings.people)
        drafts = LiveDrafts()
        self._channels = [
            TelegramChannel(
                database,
                account,
                settings,
                timing,
                intake_of(database, account, settings, pacing=pacing, desk=desk, drafts=drafts),
            )
            for account in accounts
        ]
        self._chat = WebChat(
            WebChatDependencies(
                database,
                dependencies.bus,
                SqlWebConversations(database, people_answer=settings.people_answer),
                dependencies.cache,
                company=settings.company_name,
                default_company=dependencies.default_company,
                starters=dependencies.starters,
                people=settings.people,
                inbox_path=dependencies.inbox_path,
                messages_per_minute=settings.user_messages_per_minute,
                messages_per_address=settings.user_messages_per_minute * VISITORS_PER_ADDRESS,
                drafts=drafts,
            )
        )
        staff = Staff(
            settings.admin_ids,
            [account.bot for account in accounts],
            settings.staff_group_id,
            settings.hours,
            settings.remind_after,
            settings.hand_back_after,
            settings.people_answer,
        )
        alerts = AlertGroups(dependencies.cache)
        self._staff = StaffWatch(database, staff, settings.admin_chat_id, alerts, self._wake)
        refresh = dependencies.refresh_starters
        self._starters = None if refresh is None else StartersWatch(refresh, dependencies.bus)
        self._loops = Loops()
        self.routers: Sequence[APIRouter] = self._routers(settings)
        # Without any bot too: nobody else takes these events, and a queue that only grows refuses at last.
        self._staff.subscribe(dependencies.bus)

    @property
    def checks(self) -> Mapping[str, Check]:
        return {channel.name: channel.check for channel in self._channels}

    async def start(self) -> None:
        if not await say_who_answers(self._database, self._settings.people):
            self._loops.start("say who answers", lambda: keep_saying_who_answers(self._database, self._settings.people))
        if self._starters is not None:
            await self._starters.look()
            self._loops.start("starters", self._starters.run)
        self._chat.start()
        for channel in self._channels:
            await channel.start()
        self._loops.start("tell how it is", lambda: tell_forever(self._database, self.name, self._standing))
        if self._channels:
            self._loops.start("staff", self._staff.run)

    async def stop(self) -> None:
        await self._chat.stop()
        await self._loops.stop()
        for channel in self._channels:
            await channel.stop()

    async def _standing(self) -> Mapping[str, Any]:
        """What administrators see of it."""
        bots = await channels_told({channel.name: channel for channel in self._channels})
        return {"settings": told_settings(self._settings, _TOLD), "bots": bots}

    def _routers(self, settings: GatewaySettings) -> Sequence[APIRouter]:
        routers = [self._chat.router]
        if self._channels:
            routers.append(channel_health_router({channel.name: channel for channel in self._channels}))
        if self._channels and settings.webhook_address:
            routers.append(webhook_router([channel.webhook_target for channel in self._channels]))
        return routers

    def _wake(self) -> None:
        for channel in self._channels:
            channel.wake()


def build(dependencies: Dependencies) -> Gateway:
    """The gateway, ready to be started."""
    return Gateway(dependencies)
