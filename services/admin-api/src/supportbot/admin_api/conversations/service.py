"""Changes by programs: only of what they have seen, and replies once however often they are sent."""

from dataclasses import dataclass
from typing import Final

from supportbot.admin_api.access import audit
from supportbot.admin_api.access.recognising import Caller
from supportbot.admin_api.conversations.schemas import ConversationChange, Mode
from supportbot.admin_api.if_match import ANY, ChangedMeanwhileError
from supportbot.admin_api.inbox import triage
from supportbot.admin_api.inbox.repository import version_of
from supportbot.admin_api.inbox.service import AUDITED, Change, InboxService, give, step
from supportbot.common.database import conversations as protocol
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import ConversationId

_STEPS: Final[dict[Mode, Change]] = {"person": "take-over", "machine": "hand-back", "closed": "close"}


@dataclass(frozen=True, slots=True)
class ConversationService:
    """What programs do to conversations."""

    database: Database
    inbox: InboxService

    async def change(
        self, conversation_id: ConversationId, wanted: ConversationChange, expected: str, caller: Caller
    ) -> None:
        """All of it or nothing.

        Raises:
            UnknownConversationError, ChangedMeanwhileError, UnfitLabelError, NoColleagueError
        """

        async def work(tx: Transaction) -> None:
            await protocol.hold(tx, conversation_id)
            if expected not in {ANY, await version_of(tx.connection, conversation_id)}:
                raise ChangedMeanwhileError(f"Conversation {conversation_id} was changed since it was read")
            await self._apply(tx, conversation_id, wanted, caller)

        await self.database.write(work)

    async def _apply(
        self, tx: Transaction, conversation_id: ConversationId, wanted: ConversationChange, caller: Caller
    ) -> None:
        given, by = wanted.model_fields_set, caller.actor
        if wanted.mode is not None:
            kind = _STEPS[wanted.mode]
            await step(tx, conversation_id, kind, None if caller.key else caller.id)
            await audit.note(tx, by, AUDITED[kind], conversation_id)
        if "assigned_to" in given:
            await give(tx, conversation_id, wanted.assigned_to, by)
        if wanted.priority is not None:
            await triage.set_priority(tx, conversation_id, wanted.priority)
            await audit.note(tx, by, "conversation_priority", conversation_id, {"priority": wanted.priority})
        if wanted.labels is not None:
            names = sorted({triage.fit_label(name) for name in wanted.labels})
            await triage.set_labels(tx, conversation_id, names)
            await audit.note(tx, by, "conversation_labelled", conversation_id, {"labels": ", ".join(names)})
        if wanted.snoozed_until is not None:
            await triage.snooze(tx, conversation_id, wanted.snoozed_until)
            until = wanted.snoozed_until.isoformat()
            await audit.note(tx, by, "conversation_snoozed", conversation_id, {"until": until})
        elif "snoozed_until" in given:
            await triage.wake(tx, conversation_id)
            await audit.note(tx, by, "conversation_woken", conversation_id)
