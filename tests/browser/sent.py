"""A conversation in which somebody sends a picture, a document and a recording, and gets two files back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import update

from supportbot.common.attached_files import FileAtTelegram, StoredAttachment
from supportbot.common.database.attachments import file_came
from supportbot.common.database.conversations import operator_file, operator_reply, take_over
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.tables import outbound
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.turns import claim_turn, finish_turn
from supportbot.common.files.port import Files
from supportbot.common.ids import ConversationId
from tests.browser.pictures import a_shelf
from tests.integration.test_api_answers import ESCALATED

BOT: Final = "7112233"
CAME: Final = (
    ("This is how it came.", FileAtTelegram("photo", "photo-1"), a_shelf()),
    ("", FileAtTelegram("document", "document-1", "receipt 2026-11.pdf"), b"%PDF-1.7" + bytes(48_000)),
    ("", FileAtTelegram("voice", "voice-1"), b"OggS" + bytes(9_000)),
)
_MOST: Final = 1_000_000


async def files_in_conversation(database: Database, files: Files) -> str:
    """All of it, arrived on both sides; the conversation's id."""
    for number, (words, file, content) in enumerate(CAME):
        conversation, message = await database.write(partial(_came, number=number, words=words, file=file))
        kept = await _kept(files, file, content)
        await database.write(partial(file_came, attachment_id=message, digest=kept.digest, size=kept.size))
    turn = await database.write(claim_turn)
    assert turn is not None
    handed_over = replace(ESCALATED, question=CAME[0][0], reason="attachment")
    await database.write(lambda tx: finish_turn(tx, turn, handed_over))
    plan = await _kept(files, FileAtTelegram("document", "", "how to hang it.pdf"), b"%PDF-1.7 plan")
    board = await _kept(files, FileAtTelegram("photo", "", "new board.png"), a_shelf())
    await database.write(partial(_reply, conversation=conversation, files=(plan, board)))
    return str(conversation)


async def _came(tx: Transaction, *, number: int, words: str, file: FileAtTelegram) -> tuple[ConversationId, UUID]:
    of = {"channel": "telegram", "bot": BOT, "chat": "5", "update_source": BOT, "update_id": str(number)}
    who = {"user_name": "Vera Novak", "language": "en"}
    said = IncomingMessage(**of, **who, body_hash="hash", text=words, kind=file.kind, file=file)  # type: ignore[arg-type]
    received = await receive_message(tx, said)
    return received.conversation_id, received.message_id


async def _kept(files: Files, file: FileAtTelegram, content: bytes) -> StoredAttachment:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    stored = await files.put(pieces(), limit=_MOST)
    return StoredAttachment(file.name, file.kind, stored.digest, stored.size)


async def _reply(tx: Transaction, *, conversation: ConversationId, files: tuple[StoredAttachment, ...]) -> None:
    await take_over(tx, conversation)
    by = {"operator": "", "seen": len(CAME), "replied_by": "Anna"}
    words = "Thank you. A new board is on its way; here is how to hang it."
    await operator_reply(tx, conversation, text=words, **by)  # type: ignore[arg-type]
    for file in files:
        await operator_file(tx, conversation, file=file, **by)  # type: ignore[arg-type]
    await tx.execute(update(outbound).where(outbound.c.conversation_id == conversation).values(status="sent"))
