"""Read what a visitor and those who answer have written."""

from supportbot.gateway.domain.timeline import Asked, Conversation, Cursor, Entry
from supportbot.gateway.web_ports import WebConversations


async def read_conversation(conversations: WebConversations, chat: str, limit: int) -> Conversation:
    """The newest `limit` entries."""
    standing = await conversations.standing(chat)
    if standing.conversation_id is None:
        return Conversation(standing)
    entries = await conversations.newest(standing.conversation_id, limit + 1)
    return Conversation(standing, tuple(entries[-limit:]), has_earlier=len(entries) > limit)


def advance(cursor: Cursor, entry: Entry) -> Cursor:
    """The cursor of a page that has shown this entry too."""
    if isinstance(entry, Asked):
        return Cursor(max(cursor.seq, entry.seq), cursor.out_seq)
    return Cursor(cursor.seq, max(cursor.out_seq, entry.out_seq))
