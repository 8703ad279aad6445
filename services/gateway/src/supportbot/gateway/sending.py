"""What sends for one bot, put together, and who fetches files beside it and writes recordings down."""

from typing import TYPE_CHECKING

from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files
from supportbot.common.ids import BotId
from supportbot.common.lifecycle import Loops
from supportbot.common.models.opening import load_adapter, open_client
from supportbot.common.models.settings import Endpoint
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.settings import GatewaySettings
from supportbot.gateway.use_cases.deliver_reply import ReplyDelivery
from supportbot.gateway.use_cases.fetch_files import FileFetcher
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.hold_sender import SenderLease
from supportbot.gateway.use_cases.send_replies import ReplySender
from supportbot.gateway.use_cases.show_drafts import DraftWriter
from supportbot.gateway.use_cases.show_typing import TypingIndicator
from supportbot.gateway.use_cases.write_recordings_down import RecordingWriter

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot


class Sending:
    """One bot's sender with everything that runs beside it."""

    def __init__(
        self,
        database: Database,
        bot: BotId,
        telegram: "TelegramBot",
        settings: GatewaySettings,
        drafts: LiveDrafts,
        *,
        files: Files,
    ) -> None:
        self._database, self._bot, self._telegram, self._settings = database, bot, telegram, settings
        limits = SendingLimits(settings.telegram_sends_per_second)
        self._lease = SenderLease(database, bot)
        self._drafts = DraftWriter(database, telegram, bot, drafts, limits=limits, is_mine=self._is_mine)
        self._delivery = ReplyDelivery(telegram, self._lease, limits, make_way=self._drafts.make_way)
        self._sender = ReplySender(
            database,
            bot,
            self._lease,
            self._delivery,
            limits=limits,
            repeats=settings.repeat_uncertain == "repeat",
            offer=settings.people.offer,
            staff_language=settings.staff_language,
        )
        self._fetcher = FileFetcher(database, bot, telegram, files, is_mine=self._is_mine)
        self._loops = Loops()

    @property
    def problem(self) -> str | None:
        """Why nothing can be sent at all."""
        return self._delivery.problem

    def wake(self) -> None:
        """Something may have to be sent."""
        self._sender.wake()

    def start(self) -> None:
        """Begin to send."""
        bot = self._bot
        self._loops.start(f"sender's lease {bot}", self._lease.hold)
        self._loops.start(f"outcomes {bot}", self._sender.recorder.run)
        self._loops.start(f"sender {bot}", self._sender.run)
        self._loops.start(f"drafts {bot}", self._drafts.run)
        self._loops.start(f"files {bot}", self._fetcher.run)
        endpoint = self._settings.transcription
        if self._settings.transcription_model and endpoint is not None:
            self._loops.start(f"recordings {bot}", lambda: self._write_recordings(endpoint))
        self._loops.start(f"typing {bot}", TypingIndicator(self._database, self._telegram, bot).run)

    async def finish(self) -> None:
        """Finish what is on its way, and give the lease back. The database may be away."""
        await self._sender.stop()

    async def stop(self) -> None:
        """Begin nothing more."""
        await self._loops.stop()
        await self._drafts.stop()

    def _is_mine(self) -> bool:
        return self._lease.wait_s() == 0

    async def _write_recordings(self, endpoint: Endpoint) -> None:
        """Write down what people say, with a client that takes a second to be loaded."""
        adapter = await load_adapter("openai_transcriber")
        async with open_client(endpoint) as client:
            transcriber = adapter.OpenAITranscriber(client, self._settings.transcription_model)
            writer = RecordingWriter(self._database, self._bot, self._telegram, transcriber, is_mine=self._is_mine)
            await writer.run()
