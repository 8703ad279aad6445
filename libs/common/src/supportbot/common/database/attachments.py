"""Files in conversations. What a person sent stays at Telegram until somebody wants to see it.

`known`: Telegram has it; `wanted`: somebody waits for it, and the gateway that sends for its bot fetches it;
`here`: its content is among ours; `failed`: it is not to be had now, and `problem` says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.attached_files import NAME_CHARACTERS, FileAtTelegram, StoredAttachment
from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.statements import insertion
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId, ConversationId, uuid7

WAITED_FOR_S = 60.0
"""After this nobody waits any more for what was wanted."""
KEPT_S = 7 * 86400.0
"""How long the content of what Telegram keeps too is kept here after it was fetched."""
_a = attachments.c


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that somebody waits for."""

    id: UUID
    file_id: str
    size: int | None


async def note_file(
    tx: Transaction, attachment_id: UUID, conversation_id: UUID, seq: int, *, bot: str, file: FileAtTelegram
) -> None:
    """Remember which file came with a person's message."""
    await _note(tx, file, id=attachment_id, conversation_id=conversation_id, bot=bot, seq=seq)


async def note_sent_file(
    tx: Transaction, conversation_id: UUID, out_seq: int, file: StoredAttachment | FileAtTelegram, *, bot: str = ""
) -> None:
    """Remember which file a reply is; `bot` opens one that Telegram keeps."""
    await _note(tx, file, id=uuid7(), conversation_id=conversation_id, bot=bot, out_seq=out_seq)


async def _note(tx: Transaction, file: StoredAttachment | FileAtTelegram, **of: Any) -> None:
    described = {"kind": file.kind, "name": file.name[:NAME_CHARACTERS], "size": file.size}
    if isinstance(file, FileAtTelegram):
        kept = {"file_id": file.file_id, "state": "known"}
    else:
        kept = {"digest": file.digest, "state": "here"}
    await tx.execute(insertion(attachments, "state_at"), {**of, **described, **kept})


async def want_file(tx: Transaction, conversation_id: ConversationId, attachment_id: UUID) -> None:
    """Have it fetched, or wait for it on; also where its content should be here and is not."""
    one = and_(_a.id == attachment_id, _a.conversation_id == conversation_id, _a.file_id.is_not(None))
    await tx.execute(update(attachments).where(one).values(state="wanted", problem="", state_at=now()))


async def wanted_files(connection: AsyncConnection, bot: BotId, limit: int) -> list[WantedFile]:
    """What somebody waits for at this moment, who waits longest first."""
    found = await connection.execute(_wanted(limit), {"of_bot": bot})
    return [WantedFile(row.id, row.file_id, row.size) for row in found]


@prepared
def _wanted(limit: int) -> Select[Any]:
    waiting = and_(_a.bot == bindparam("of_bot"), _a.state == "wanted", _a.state_at > statement_start(-WAITED_FOR_S))
    return select(_a.id, _a.file_id, _a.size).where(waiting).order_by(_a.state_at).limit(limit)


async def file_came(tx: Transaction, attachment_id: UUID, *, digest: str, size: int) -> None:
    """Its content is here."""
    found = {"digest": digest, "size": size, "state": "here", "problem": "", "state_at": now()}
    await tx.execute(update(attachments).where(_a.id == attachment_id).values(found))


async def file_did_not_come(tx: Transaction, attachment_id: UUID, problem: str) -> None:
    """It is not to be had now: `too_large`, `gone`, or `unavailable`."""
    waiting = and_(_a.id == attachment_id, _a.state == "wanted")
    await tx.execute(update(attachments).where(waiting).values(state="failed", problem=problem, state_at=now()))


async def contents_of_attachments(connection: AsyncConnection, digests: Sequence[str]) -> set[str]:
    """Which of these contents a file needs that nobody else keeps, or that was fetched lately."""
    needed = or_(_a.file_id.is_(None), _a.state_at > statement_start(-KEPT_S))
    found = select(_a.digest).where(_a.digest.in_(digests), _a.state == "here", needed)
    return {str(digest) for digest in (await connection.execute(found)).scalars()}
