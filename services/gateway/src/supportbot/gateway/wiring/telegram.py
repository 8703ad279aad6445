"""The bots, and staff who are told by them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from supportbot.common.database.standings import told_settings
from supportbot.gateway.channel import TelegramChannel
from supportbot.gateway.dependencies import Dependencies
from supportbot.gateway.entrypoints.channel_health import channel_health_router, channels_told
from supportbot.gateway.entrypoints.staff import StaffWatch
from supportbot.gateway.entrypoints.webhook import webhook_router
from supportbot.gateway.receiving import intake_of
from supportbot.gateway.settings import GatewaySettings
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.group_alerts import AlertGroups
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.notify_staff import Staff
from supportbot.gateway.use_cases.pace_people import Pacing

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


def channels_on(given: Dependencies, drafts: LiveDrafts) -> Sequence[TelegramChannel]:
    """A channel for each bot."""
    settings, database = given.settings, given.database
    pacing = Pacing(given.cache, settings.user_messages_per_minute)
    desk = Desk(given.starters, settings.company_name, given.default_company, settings.people, settings.staff_language)
    return [
        TelegramChannel(
            database,
            account,
            settings,
            given.route_timing,
            intake_of(database, account, settings, pacing=pacing, desk=desk, drafts=drafts),
            files=given.files,
        )
        for account in settings.bots
    ]


def staff_on(given: Dependencies, wake: Callable[[], None]) -> StaffWatch:
    """Who tells staff; `wake` has the bots look for what is to be sent."""
    settings = given.settings
    staff = Staff(
        settings.admin_ids,
        [account.bot for account in settings.bots],
        settings.staff_group_id,
        settings.hours,
        settings.remind_after,
        settings.hand_back_after,
        settings.people_answer,
        settings.staff_language,
    )
    return StaffWatch(given.database, staff, settings.admin_chat_id, AlertGroups(given.cache), wake)


def routers_of(channels: Sequence[TelegramChannel], settings: GatewaySettings) -> Sequence[APIRouter]:
    """How the bots are, and where Telegram sends their updates."""
    if not channels:
        return ()
    health = channel_health_router({channel.name: channel for channel in channels})
    if not settings.webhook_address:
        return (health,)
    return (health, webhook_router([channel.webhook_target for channel in channels]))


async def standing_of(channels: Sequence[TelegramChannel], settings: GatewaySettings) -> Mapping[str, Any]:
    """What administrators see of the gateway."""
    bots = await channels_told({channel.name: channel for channel in channels})
    return {"settings": told_settings(settings, _TOLD), "bots": bots}
