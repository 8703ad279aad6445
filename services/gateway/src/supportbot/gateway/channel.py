"""One bot's part of the gateway: how it starts, how it does, and how it stops."""

import asyncio
from typing import TYPE_CHECKING

from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.files.port import Files
from supportbot.common.garbage import spare_what_stays
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.adapters.telegram_loading import open_bot
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.entrypoints.channel_health import ChannelState
from supportbot.gateway.entrypoints.webhook import WebhookTarget
from supportbot.gateway.receiving import Receiving
from supportbot.gateway.sending import Sending
from supportbot.gateway.settings import BotAccount, GatewaySettings
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.learn_name import learn_name
from supportbot.gateway.use_cases.show_followups import FollowUps

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot

_log = logger(__name__)


class TelegramChannel:
    """Begins at once and becomes complete when aiogram is loaded, seconds later; webhooks are stored from the start."""

    def __init__(
        self,
        database: Database,
        account: BotAccount,
        settings: GatewaySettings,
        timing: RouteTiming,
        intake: Intake,
        *,
        files: Files,
    ) -> None:
        self._database = database
        self._account = account
        self._settings = settings
        self._timing = timing
        self._intake = intake
        self._files = files
        self._opening: asyncio.Task[None] | None = None
        self._telegram: TelegramBot | None = None
        self._sending: Sending | None = None
        self._receiving: Receiving | None = None
        self._followups = FollowUps(self.wake)
        self._opening_failed = ""

    @property
    def name(self) -> str:
        """Its name in health answers."""
        return f"telegram_{self._account.bot}"

    @property
    def webhook_target(self) -> WebhookTarget:
        """Where updates that Telegram sends us go."""
        return WebhookTarget(self._account.webhook_secret, self._intake, self._followups.show)

    @property
    def state(self) -> ChannelState:
        """How updates come, and why so."""
        if self._receiving is None:
            return ChannelState("starting", self._opening_failed or "it is being loaded", None)
        route = self._receiving.route
        return ChannelState(route.mode, route.problem or route.why, route.since)

    async def check(self) -> str | None:
        """Why updates do not come, or replies do not go."""
        problems = (self._sending and self._sending.problem, self._receiving and self._receiving.route.problem)
        return self._opening_failed or next((problem for problem in problems if problem), None)

    @property
    def trouble(self) -> str | None:
        """Why updates do not come at this moment, though this process does all that it should."""
        return self._receiving.route.trouble if self._receiving is not None else None

    def wake(self) -> None:
        """Something may have to be sent."""
        if self._sending is not None:
            self._sending.wake()

    async def start(self) -> None:
        """Begin to load aiogram; everything else follows."""
        self._opening = asyncio.create_task(self._open(), name=f"open {self.name}")

    async def stop(self) -> None:
        """Take nothing new, finish what is on its way, give the leases back."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        try:
            if self._receiving is not None:
                await self._receiving.stop()
                await self._receiving.route.stop()
            if self._sending is not None:
                await self._sending.finish()
        except (DatabaseUnavailableError, TimeoutError) as error:
            _log.warning("The channel stops without having finished", bot=self._account.bot, error=str(error))
        if self._sending is not None:
            await self._sending.stop()
        await self._followups.settle()
        if self._telegram is not None:
            await self._telegram.close()

    async def _open(self) -> None:
        try:
            base, files = self._settings.telegram_api_base, self._settings.telegram_files_path
            telegram = self._telegram = await open_bot(self._account, base, files, self._files)
        except Exception as error:
            self._opening_failed = f"Telegram cannot be used ({type(error).__name__})"
            _log.exception("Telegram cannot be used", bot=self._account.bot)
            return
        self._followups.messenger = telegram
        spare_what_stays()
        bot, address, drafts = self._account.bot, self._settings.webhook_address, self._intake.drafts or LiveDrafts()
        self._sending = Sending(self._database, bot, telegram, self._settings, drafts, files=self._files)
        self._receiving = Receiving(
            self._intake,
            self._account,
            telegram,
            webhook_address=address,
            timing=self._timing,
            show=self._followups.show,
        )
        self._sending.start()
        self._receiving.start()
        await telegram.show_commands(
            self._settings.admin_ids, self._settings.staff_group_id, self._settings.people.offer
        )
        await learn_name(self._intake.own, bot, telegram.username)
