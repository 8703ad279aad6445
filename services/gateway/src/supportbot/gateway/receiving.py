"""How one bot's updates come in, put together: what is done with them, and whether they are sent to us or fetched."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from supportbot.common.database.transactions import Database
from supportbot.common.lifecycle import Loops
from supportbot.gateway.adapters.stored_updates import SqlStoredUpdates
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.entrypoints.telegram import UpdatePoller
from supportbot.gateway.entrypoints.update_route import UpdateRoute
from supportbot.gateway.settings import BotAccount, GatewaySettings
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.keep_webhook import WebhookKeeper, WebhookTerms
from supportbot.gateway.use_cases.pace_people import Pacing

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot


def intake_of(
    database: Database,
    account: BotAccount,
    settings: GatewaySettings,
    *,
    pacing: Pacing,
    desk: Desk,
    drafts: LiveDrafts,
) -> Intake:
    """Where a bot's updates go, on whichever way they come."""
    return Intake(
        database,
        account.bot,
        frozenset(settings.admin_ids),
        settings.burst_window,
        settings.alerts_group,
        pacing,
        desk,
        topics_groups=frozenset(settings.staff_group_id),
        transcribes=bool(settings.transcription_model) and settings.transcription is not None,
        drafts=drafts,
    )


class Receiving:
    """The way on which a bot's updates come: the webhook, or polling."""

    def __init__(
        self,
        intake: Intake,
        account: BotAccount,
        telegram: "TelegramBot",
        *,
        webhook_address: str,
        timing: RouteTiming,
        show: Callable[[FollowUp], None],
    ) -> None:
        database, bot = intake.database, account.bot
        keeper = None
        if webhook_address:
            terms = WebhookTerms(webhook_address, account.webhook_secret)
            keeper = WebhookKeeper(telegram, SqlStoredUpdates(database, bot), bot, terms, timing)
        self.route = UpdateRoute(database, bot, UpdatePoller(telegram, intake, show), keeper, timing)
        self._bot = bot
        self._loops = Loops()

    def start(self) -> None:
        """Begin to take updates in."""
        self._loops.start(f"updates {self._bot}", self.route.run)

    async def stop(self) -> None:
        """Take nothing new."""
        await self._loops.stop()
