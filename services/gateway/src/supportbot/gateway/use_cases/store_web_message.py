"""Store what a web visitor wrote, once."""

from dataclasses import dataclass

from supportbot.common.database.incoming import IncomingMessage, Received, receive_message
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.updates import DuplicateUpdateError
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.common.telemetry.metrics import MESSAGES_RECEIVED
from supportbot.common.telemetry.tracing import span
from supportbot.gateway.web_ports import WebConversations

_SOURCE_LENGTH = 64


class EmptyTextError(SupportbotError):
    """There is nothing in it but white space."""


class TextTooLongError(SupportbotError):
    """It has more characters than a question may have."""


class ReusedClientIdError(SupportbotError):
    """Another message was stored under this id before."""


@dataclass(frozen=True, slots=True)
class WebMessage:
    """A message as the page sends it; `client_id` is the same when it is sent again."""

    chat: str
    client_id: str
    text: str
    language: str
    asks_for_person: bool = False


async def store_web_message(database: Database, conversations: WebConversations, message: WebMessage) -> int:
    """Store a message and return its number in the conversation; the same one twice is stored once.

    Raises:
        EmptyTextError, TextTooLongError: it cannot be a question.
        ReusedClientIdError: the id belongs to another text.
    """
    text = "" if message.asks_for_person else _checked(message.text)
    incoming = _incoming(message, text)

    async def work(tx: Transaction) -> Received:
        return await receive_message(tx, incoming)

    try:
        with span("web.receive", kind=incoming.kind):
            received = await database.write(work, lane="intake")
    except DuplicateUpdateError as error:
        seq = await conversations.seq_of(message.chat, text) if error.same_body else None
        if seq is None:
            raise ReusedClientIdError("Another message was sent under this id; send it with a new one") from error
        return seq
    MESSAGES_RECEIVED.labels("web", incoming.kind).inc()
    return received.seq


def _checked(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise EmptyTextError("The message is empty")
    if len(cleaned) > TEXT_LIMIT:
        raise TextTooLongError(f"The message has {len(cleaned)} characters; {TEXT_LIMIT} are allowed")
    return cleaned


def _incoming(message: WebMessage, text: str) -> IncomingMessage:
    kind = "person" if message.asks_for_person else "text"
    return IncomingMessage(
        channel="web",
        bot="",
        chat=message.chat,
        update_source=f"web:{message.chat}"[:_SOURCE_LENGTH],
        update_id=digest_of(message.client_id),
        body_hash=digest_of(f"{kind}\n{text}"),
        text=text,
        kind=kind,
        language=message.language,
    )
