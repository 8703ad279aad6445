"""Conversations by pages, and one with its version."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from supportbot.admin_api.conversations.schemas import Conversation, ConversationLine, Entry, EntryFile
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.schemas import Asked, Listed, Opened, Said
from supportbot.common.ids import ConversationId

ENTRIES = 200


@dataclass(frozen=True, slots=True)
class ConversationRepository:
    """What programs read."""

    inbox: InboxRepository

    async def page(self, asked: Asked, after: UUID | None, limit: int) -> Sequence[ConversationLine]:
        """Up to `limit` that began before the one named, the newest first."""
        return [_line(one) for one in await self.inbox.page(asked, after, limit)]

    async def one(self, conversation_id: ConversationId) -> tuple[Conversation, str] | None:
        """With its ETag."""
        opened = await self.inbox.opened(conversation_id, ENTRIES)
        return None if opened is None else (_conversation(opened), opened.version)


def _line(one: Listed) -> ConversationLine:
    return ConversationLine(
        id=one.id,
        channel=one.channel,
        user_name=one.user_name,
        mode=one.mode,
        waiting_since=one.waiting_since,
        reason=one.reason,
        preview=one.preview,
        taken_by=one.taken_by,
        assigned_to=one.taken_by_id,
        priority=one.priority,
        labels=list(one.labels),
        snoozed_until=one.snoozed_until,
        active_at=one.active_at,
    )


def _conversation(opened: Opened) -> Conversation:
    return Conversation(
        **_line(opened.listed).model_dump(),
        language=opened.language,
        created_at=opened.created_at,
        entries=[_entry(said) for said in opened.said],
        has_earlier=opened.has_earlier,
        seen=opened.seen,
        suggestion=opened.suggestion.text if opened.suggestion else None,
    )


def _entry(said: Said) -> Entry:
    return Entry(
        author=said.author,
        author_name=said.author_name,
        kind=said.kind,
        text=said.text,
        at=said.at,
        seq=said.seq,
        status=said.status,
        confidence=said.analysis.confidence if said.analysis else None,
        files=[EntryFile(id=file.id, kind=file.kind, name=file.name, size=file.size) for file in said.files],
    )
