"""Show answers in private chats while they are written: best effort, and behind everything that has to be sent.

The bus says what is written; whether it may still be shown is asked of the database before each request, so that
nothing is shown of a turn that is done, stopped, taken over or in other hands. One process does: the bot's sender.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from supportbot.common.database.chats import InWork, turns_in_work
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import DraftRefused, DraftShown, DraftTooSoon
from supportbot.gateway.domain.limits import SendingLimits
from supportbot.gateway.metrics import DRAFT_SECONDS, DRAFTS
from supportbot.gateway.ports import DraftMessenger
from supportbot.gateway.use_cases.hear_drafts import LiveDraft, LiveDrafts

EVERY_S = 0.5
WAY_WITHIN_S = 1.0
"""How long a reply waits for a draft that is on its way to the same chat, so as not to be covered by it."""
REMEMBERED = 2000
AT_ONCE = 100
_log = logger(__name__)


@dataclass(slots=True)
class _Shown:
    """What a chat shows of a conversation's draft."""

    chat: str
    text: str = ""
    at: float = float("-inf")
    request: asyncio.Task[None] | None = None


class DraftWriter:
    """Shows one bot's drafts, each chat's about every half second; what has to wait is replaced by what comes next."""

    def __init__(
        self,
        database: Database,
        messenger: DraftMessenger,
        bot: BotId,
        drafts: LiveDrafts,
        *,
        limits: SendingLimits,
        is_mine: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._bot = bot
        self._drafts = drafts
        self._limits = limits
        self._is_mine = is_mine
        self._clock = clock
        self._news: set[UUID] = set()
        self._shown: dict[UUID, _Shown] = {}
        self._over: dict[UUID, None] = {}
        """Tokens of attempts of which nothing is to be shown (any more), oldest first."""
        self._quiet_until = float("-inf")
        self._woken = asyncio.Event()
        self._ways_made = 0
        drafts.tell(self._hear)

    def _hear(self, conversation_id: UUID) -> None:
        self._news.add(conversation_id)
        self._woken.set()

    async def run(self) -> None:
        """Show what comes, for ever."""
        while True:
            wait_s = await self.look()
            try:
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def look(self) -> float | None:
        """Begin to show what is due. Returns after how many seconds to look again; None: when something comes."""
        self._woken.clear()
        self._forget_what_is_old()
        due = self._due()
        if due:
            try:
                await self._show(due)
            except DatabaseUnavailableError:
                return EVERY_S
        return EVERY_S / 5 if self._news else None

    async def make_way(self, chat: str) -> None:
        """Return when no draft can come after what is sent to this chat next; that removes the one that is there."""
        self._ways_made += 1
        for shown in [one for one in self._shown.values() if one.chat == chat]:
            if (request := shown.request) is not None:
                await asyncio.wait({request}, timeout=WAY_WITHIN_S)
                request.cancel()
            shown.text = ""

    async def stop(self) -> None:
        """Give up what is on its way."""
        requests = [shown.request for shown in self._shown.values() if shown.request is not None]
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    def _forget_what_is_old(self) -> None:
        """Drop what was heard of attempts that are over, or is nobody's news any more."""
        if not self._is_mine():
            self._news.clear()
        for conversation_id, shown in list(self._shown.items()):
            if shown.request is None and self._drafts.newest(conversation_id) is None:
                del self._shown[conversation_id]
        for conversation_id in list(self._news):
            draft = self._drafts.newest(conversation_id)
            if draft is None or draft.token in self._over:
                self._news.discard(conversation_id)
        while len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]

    def _due(self) -> Mapping[UUID, LiveDraft]:
        now = self._clock()
        if now < self._quiet_until:
            DRAFTS.labels("dropped").inc(len(self._news))
            self._news.clear()
            return {}
        found: dict[UUID, LiveDraft] = {}
        for conversation_id in self._news:
            if len(found) >= AT_ONCE:
                break
            draft, shown = self._drafts.newest(conversation_id), self._shown.get(conversation_id)
            if draft is not None and (shown is None or (shown.request is None and now >= shown.at + EVERY_S)):
                found[conversation_id] = draft
        return found

    async def _show(self, due: Mapping[UUID, LiveDraft]) -> None:
        ways_made = -1
        in_work: dict[UUID, InWork] = {}
        while ways_made != self._ways_made:  # a reply may have been sent since the database was asked
            ways_made = self._ways_made
            in_work = await self._database.read(partial(turns_in_work, bot=self._bot, conversations_of=list(due)))
        for conversation_id, draft in due.items():
            self._news.discard(conversation_id)
            self._begin(conversation_id, draft, in_work.get(conversation_id))

    def _begin(self, conversation_id: UUID, draft: LiveDraft, work: InWork | None) -> None:
        """Show one draft, unless it is not to be shown, or there is no room for it now."""
        address = None if work is None else Address.read(work.chat)
        if work is None or address is None or address.is_group or work.token != draft.token:
            self._over[draft.token] = None
            self._shown.pop(conversation_id, None)
            return
        shown = self._shown.setdefault(conversation_id, _Shown(work.chat))
        if shown.text == draft.text:
            return
        now = self._clock()
        if not self._limits.has_room_beside(address.chat_id, now):
            DRAFTS.labels("dropped").inc()
            self._news.add(conversation_id)  # unless something newer comes until there is room
            return
        self._limits.count_beside(now)
        shown.at = now
        shown.request = asyncio.create_task(self._request(conversation_id, address, draft, shown), name="show a draft")

    async def _request(self, conversation_id: UUID, address: Address, draft: LiveDraft, shown: _Shown) -> None:
        try:
            fate = await self._messenger.show_draft(address, draft.turn_to, draft.text)
        finally:
            shown.request = None
        match fate:
            case DraftShown():
                first, shown.text = not shown.text, draft.text
                DRAFTS.labels("shown").inc()
                if first:
                    DRAFT_SECONDS.observe(self._clock() - draft.at)
            case DraftTooSoon(retry_after_s=seconds, error=error):
                self._quiet_until = max(self._quiet_until, self._clock() + seconds)
                DRAFTS.labels("too_soon").inc()
                _log.info("No drafts are shown for a while", bot=self._bot, seconds=seconds, error=error)
            case DraftRefused(error=error):
                self._over[draft.token] = None
                DRAFTS.labels("refused").inc()
                _log.info(
                    "An answer is not shown while it is written", conversation_id=str(conversation_id), error=error
                )
        self._woken.set()
