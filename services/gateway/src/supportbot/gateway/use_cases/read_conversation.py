"""Read what a visitor and those who answer have written."""

from supportbot.gateway.domain.timeline import Asked, Conversation, Cursor, Entry, Standing
from supportbot.gateway.web_ports import WebConversations


async def read_conversation(conversations: WebConversations, chat: str, limit: int) -> Conversation:
    """The newest `limit` entries."""
    standing = await conversations.standing(chat)
    if standing.conversation_id is None:
        return Conversation(standing)
    entries = await conversations.newest(standing.conversation_id, limit + 1)
    return Conversation(standing, tuple(entries[-limit:]), has_earlier=len(entries) > limit)


async def read_news(conversations: WebConversations, standing: Standing, cursor: Cursor) -> tuple[list[Entry], Cursor]:
    """What has come since `cursor`, and the cursor after it."""
    if standing.conversation_id is None or (standing.last_seq <= cursor.seq and standing.out_seq <= cursor.out_seq):
        return [], cursor
    entries = await conversations.after(standing.conversation_id, cursor)
    for entry in entries:
        cursor = advance(cursor, entry)
    return entries, cursor


def advance(cursor: Cursor, entry: Entry) -> Cursor:
    """The cursor of a page that has shown this entry too."""
    if isinstance(entry, Asked):
        return Cursor(max(cursor.seq, entry.seq), cursor.out_seq)
    return Cursor(cursor.seq, max(cursor.out_seq, entry.out_seq))
