"""Have voice and video notes written down before they are answered; what cannot be is listened to by a person."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select

from supportbot.common.database.notices import queue_notice
from supportbot.common.database.recordings import Recording, waiting_recordings, write_down
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId, MessageId
from supportbot.common.models.errors import ModelError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage
from supportbot.gateway.ports import Recordings, TelegramError, Transcriber
from supportbot.gateway.use_cases.look_forever import look_forever

LOOK_EVERY_S = 0.5
AT_ONCE = 4
REMEMBERED = 1000
TIMEOUT_S = 12.0
HEARD_UNITS = 500
NAMES = {"voice": "voice.ogg", "video_note": "note.mp4", "audio": "audio.mp3"}
_log = logger(__name__)


class RecordingWriter:
    """Looks for recordings of one bot; only where this process is its sender, so that none is paid for twice."""

    def __init__(
        self,
        database: Database,
        bot: BotId,
        recordings: Recordings,
        transcriber: Transcriber,
        *,
        is_mine: Callable[[], bool],
    ) -> None:
        self._database = database
        self._bot = bot
        self._recordings = recordings
        self._transcriber = transcriber
        self._is_mine = is_mine
        self._tried: dict[MessageId, None] = {}
        self._outage = Outage("Recordings cannot be written down", "Recordings are written down again", bot=bot)

    async def run(self) -> None:
        """Look, for ever."""
        await look_forever(self.look, LOOK_EVERY_S)

    async def look(self) -> None:
        """Write down what waits and was not tried."""
        if not self._is_mine():
            return
        found = await self._database.read(lambda connection: waiting_recordings(connection, self._bot, AT_ONCE * 4))
        fresh = [recording for recording in found if recording.message_id not in self._tried][:AT_ONCE]
        for recording in fresh:
            self._tried[recording.message_id] = None
        while len(self._tried) > REMEMBERED:
            self._tried.pop(next(iter(self._tried)))
        await asyncio.gather(*map(self._write, fresh))

    async def _write(self, recording: Recording) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                content = await self._recordings.recording(recording.file_id)
                text = await self._transcriber.transcribe(NAMES[recording.kind], content, TIMEOUT_S)
            self._outage.over()
        except (TelegramError, ModelError, TimeoutError) as error:
            self._outage.met(error)
            return
        if not text:
            return  # nobody said anything that a machine could hear

        async def work(tx: Transaction) -> None:
            if await write_down(tx, recording, text):
                spoken = select(conversations.c.language).where(conversations.c.id == recording.conversation_id)
                language = (await tx.execute(spoken)).scalar_one()
                heard = translate("telegram.heard", language, text=text[:HEARD_UNITS])
                await queue_notice(tx, recording.conversation_id, text=heard, kind="heard")

        await self._database.write(work)
        _log.info("A recording was written down", bot=self._bot, conversation_id=str(recording.conversation_id))
