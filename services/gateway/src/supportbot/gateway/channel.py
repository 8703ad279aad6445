"""One bot's part of the gateway put together: its sender, and its poller or webhook."""

import asyncio
from typing import TYPE_CHECKING

from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.garbage import spare_what_stays
from supportbot.common.lifecycle import Loops
from supportbot.common.models.opening import load_adapter, open_client
from supportbot.common.models.settings import Endpoint
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.adapters.stored_updates import SqlStoredUpdates
from supportbot.gateway.adapters.telegram_loading import open_bot
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.entrypoints.channel_health import ChannelState
from supportbot.gateway.entrypoints.telegram import UpdatePoller
from supportbot.gateway.entrypoints.update_route import UpdateRoute
from supportbot.gateway.entrypoints.webhook import WebhookTarget
from supportbot.gateway.ports import TelegramError
from supportbot.gateway.settings import BotAccount, GatewaySettings
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.deliver_reply import ReplyDelivery
from supportbot.gateway.use_cases.hold_sender import SenderLease
from supportbot.gateway.use_cases.keep_webhook import WebhookKeeper, WebhookTerms
from supportbot.gateway.use_cases.pace_people import Pacing
from supportbot.gateway.use_cases.receive_update import Intake
from supportbot.gateway.use_cases.send_replies import ReplySender
from supportbot.gateway.use_cases.show_typing import TypingIndicator
from supportbot.gateway.use_cases.write_recordings_down import RecordingWriter

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot

MOST_SHOWN_AT_ONCE = 50
NAME_AGAIN_S = 30.0
_log = logger(__name__)


class TelegramChannel:
    """Begins at once and becomes complete when aiogram is loaded, seconds later; webhooks are stored from the start."""

    def __init__(
        self,
        database: Database,
        account: BotAccount,
        settings: GatewaySettings,
        timing: RouteTiming,
        *,
        pacing: Pacing,
        desk: Desk,
    ) -> None:
        self._database = database
        self._account = account
        self._settings = settings
        self._timing = timing
        admins = frozenset(settings.admin_ids)
        self._intake = Intake(
            database,
            account.bot,
            admins,
            settings.burst_window,
            settings.staff_group,
            pacing,
            desk,
            topics_group=settings.staff_group_id,
            transcribes=bool(settings.transcription_model) and settings.transcription is not None,
        )
        self._receiving, self._sending = Loops(), Loops()
        self._opening: asyncio.Task[None] | None = None
        self._telegram: TelegramBot | None = None
        self._sender: ReplySender | None = None
        self._delivery: ReplyDelivery | None = None
        self._route: UpdateRoute | None = None
        self._showing: set[asyncio.Task[None]] = set()
        self._opening_failed = ""

    @property
    def name(self) -> str:
        """Its name in health answers."""
        return f"telegram_{self._account.bot}"

    @property
    def webhook_target(self) -> WebhookTarget:
        """Where updates that Telegram sends us go."""
        return WebhookTarget(self._account.webhook_secret, self._intake, self._show)

    @property
    def state(self) -> ChannelState:
        """How updates come, and why so."""
        route = self._route
        if route is None:
            return ChannelState("starting", self._opening_failed or "it is being loaded", None)
        return ChannelState(route.mode, route.problem or route.why, route.since)

    async def check(self) -> str | None:
        """Why updates do not come, or replies do not go."""
        problems = (self._delivery and self._delivery.problem, self._route and self._route.problem)
        return self._opening_failed or next((problem for problem in problems if problem), None)

    @property
    def trouble(self) -> str | None:
        """Why updates do not come at this moment, though this process does all that it should."""
        return self._route.trouble if self._route is not None else None

    def wake(self) -> None:
        """Something may have to be sent."""
        if self._sender is not None:
            self._sender.wake()

    async def start(self) -> None:
        """Begin to load aiogram; everything else follows."""
        self._opening = asyncio.create_task(self._open(), name=f"open {self.name}")

    async def stop(self) -> None:
        """Take nothing new, finish what is on its way, give the leases back."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._receiving.stop()
        try:
            if self._route is not None:
                await self._route.stop()
            if self._sender is not None:
                await self._sender.stop()
        except (DatabaseUnavailableError, TimeoutError) as error:
            _log.warning("The channel stops without having finished", bot=self._account.bot, error=str(error))
        await self._sending.stop()
        await asyncio.gather(*self._showing, return_exceptions=True)
        if self._telegram is not None:
            await self._telegram.close()

    async def _open(self) -> None:
        try:
            telegram = self._telegram = await open_bot(self._account, self._settings.telegram_api_base)
        except Exception as error:
            self._opening_failed = f"Telegram cannot be used ({type(error).__name__})"
            _log.exception("Telegram cannot be used", bot=self._account.bot)
            return
        spare_what_stays()
        self._start_sending(telegram)
        self._start_receiving(telegram)
        await telegram.show_commands(self._settings.admin_ids, self._settings.staff_group_id)
        await self._learn_name(telegram)

    async def _learn_name(self, telegram: "TelegramBot") -> None:
        """Ask for the bot's name until it is known: in groups people call it by that."""
        while not self._intake.own.username:
            try:
                self._intake.own.username = await telegram.username()
            except TelegramError as error:
                _log.info("The bot's name is not known yet", bot=self._account.bot, error=str(error))
                await asyncio.sleep(max(error.retry_after_s, NAME_AGAIN_S))

    def _start_sending(self, telegram: "TelegramBot") -> None:
        bot = self._account.bot
        limits = SendingLimits(self._settings.telegram_sends_per_second)
        lease = SenderLease(self._database, bot)
        self._delivery = ReplyDelivery(telegram, lease, limits)
        repeats = self._settings.repeat_uncertain == "repeat"
        sender = self._sender = ReplySender(self._database, bot, lease, self._delivery, limits=limits, repeats=repeats)
        self._sending.start(f"sender's lease {bot}", lease.hold)
        self._sending.start(f"outcomes {bot}", sender.recorder.run)
        self._sending.start(f"sender {bot}", sender.run)
        endpoint = self._settings.transcription
        if self._settings.transcription_model and endpoint is not None:
            self._sending.start(f"recordings {bot}", lambda: self._write_recordings(telegram, lease, endpoint))
        self._sending.start(f"typing {bot}", TypingIndicator(self._database, telegram, bot).run)

    async def _write_recordings(self, telegram: "TelegramBot", lease: SenderLease, endpoint: Endpoint) -> None:
        """Write down what people say, with a client that takes a second to be loaded."""
        adapter = await load_adapter("openai_transcriber")
        async with open_client(endpoint) as client:
            transcriber = adapter.OpenAITranscriber(client, self._settings.transcription_model)
            bot = self._account.bot
            writer = RecordingWriter(self._database, bot, telegram, transcriber, is_mine=lambda: lease.wait_s() == 0)
            await writer.run()

    def _start_receiving(self, telegram: "TelegramBot") -> None:
        bot, address = self._account.bot, self._settings.webhook_address
        keeper = None
        if address:
            terms = WebhookTerms(address, self._account.webhook_secret)
            keeper = WebhookKeeper(telegram, SqlStoredUpdates(self._database, bot), bot, terms, self._timing)
        poller = UpdatePoller(telegram, self._intake, self._show)
        self._route = UpdateRoute(self._database, bot, poller, keeper, self._timing)
        self._receiving.start(f"updates {bot}", self._route.run)

    def _show(self, followup: FollowUp) -> None:
        """Show a person that something was taken in, beside everything else."""
        if followup.queued:
            self.wake()
        if self._telegram is None or len(self._showing) >= MOST_SHOWN_AT_ONCE:
            return
        task = asyncio.create_task(self._telegram.follow_up(followup), name="follow up")
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)
