"""Store whether an answer helped; a later vote on the same answer takes the place of the earlier one."""

from typing import Literal

from supportbot.common.contracts import FeedbackGiven
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.gateway.web_ports import WebConversations


class UnknownReplyError(SupportbotError):
    """The reply is not the visitor's, or is none that can be rated."""


async def give_feedback(
    database: Database, conversations: WebConversations, *, chat: str, reply_key: str, vote: Literal[1, -1]
) -> None:
    """Store the vote and tell whoever listens.

    Raises:
        UnknownReplyError: there is no such reply in the visitor's own conversation.
    """
    conversation_id = await conversations.owner_of(chat, reply_key)
    if conversation_id is None:
        raise UnknownReplyError("There is no such answer in this conversation")
    event = FeedbackGiven(
        correlation_id=conversation_id, conversation_id=conversation_id, reply_key=reply_key, vote=vote
    )

    async def work(tx: Transaction) -> None:
        await record_vote(tx, conversation_id, reply_key=reply_key, vote=vote)
        await tx.emit(event)

    await database.write(work)
