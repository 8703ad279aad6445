"""Tell staff in their own chats about questions that wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.staff import UntoldEscalation, mark_told, untold_escalations
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import LANGUAGES, UnknownTextError, translate
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.formatting import shorten

BATCH = 20
QUESTION_UNITS = 1500
PASSAGES_SHOWN = 2
PASSAGE_UNITS = 400
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is told, and by which bots; the first one speaks for the web chat."""

    admins: Sequence[int]
    bots: Sequence[BotId]


async def notify_staff(database: Database, staff: Staff) -> int:
    """Queue a message to every admin for each escalation that they do not know of. Returns how many escalations.

    Where nobody is to be told, escalations wait in the inbox alone.
    """
    if not staff.admins or not staff.bots:
        return 0
    untold = await database.read(lambda connection: untold_escalations(connection, BATCH))
    for escalation in untold:
        await _tell(database, staff, escalation)
    return len(untold)


async def _tell(database: Database, staff: Staff, escalation: UntoldEscalation) -> None:
    bot = BotId(escalation.bot) if escalation.bot in staff.bots else staff.bots[0]
    text = notice_text(escalation)
    details = {"kind": "staff", "language": _language(escalation), "channel": escalation.channel}
    reply = Reply(text, "staff_notice", details=details, turn_to=escalation.turn_to)

    async def work(tx: Transaction) -> bool:
        if not await mark_told(tx, escalation.id):
            return False
        for admin in staff.admins:
            key = f"staff:{escalation.id}:{bot}:{admin}"
            await queue_staff_notice(
                tx, key=key, conversation_id=escalation.conversation_id, bot=bot, chat=str(admin), reply=reply
            )
            await _pass_attachments_on(tx, escalation, bot, admin)
        return True

    if await database.write(work):
        _log.info("Staff are told about a question", conversation_id=str(escalation.conversation_id), bot=bot)


async def _pass_attachments_on(tx: Transaction, escalation: UntoldEscalation, bot: BotId, admin: int) -> None:
    """Queue what came with the question behind the notice; a reply to it is a reply to the question too."""
    if not escalation.attachments or escalation.channel != "telegram":
        return
    details = {
        "kind": "staff_copy",
        "copies": list(escalation.attachments),
        "from_chat": Address.read(escalation.chat).chat_id,
    }
    reply = Reply("", "staff_notice", details=details, turn_to=escalation.turn_to)
    key = f"staff:{escalation.id}:{bot}:{admin}:copies"
    await queue_staff_notice(
        tx, key=key, conversation_id=escalation.conversation_id, bot=bot, chat=str(admin), reply=reply
    )


def notice_text(escalation: UntoldEscalation) -> str:
    """What an admin gets to read: who asks what, why the machine did not answer, what it found, and how to reply."""
    language = _language(escalation)
    name = escalation.user_name or translate("staff.somebody", language)
    channel = translate(f"staff.channel_{escalation.channel}", language)
    question = shorten(escalation.question.strip(), QUESTION_UNITS) or translate("staff.no_question", language)
    parts = [
        translate("staff.asks", language, name=name, channel=channel),
        question,
        _why(escalation, language),
        *_found(escalation.passages, language),
        translate("staff.how_to_reply", language),
    ]
    return "\n\n".join(parts)


def _why(escalation: UntoldEscalation, language: str) -> str:
    try:
        reason = translate(f"staff.reason_{escalation.reason}", language)
    except UnknownTextError:
        reason = escalation.reason.replace("_", " ")
    why = translate("staff.why", language, reason=reason)
    if not escalation.confidence:
        return why
    return f"{why} {translate('staff.confidence', language, percent=round(escalation.confidence * 100))}"


def _found(passages: Sequence[dict[str, Any]], language: str) -> list[str]:
    shown = [
        f"{passage.get('title', '')}: {shorten(' '.join(str(passage.get('text', '')).split()), PASSAGE_UNITS)}"
        for passage in passages[:PASSAGES_SHOWN]
    ]
    return ["\n".join([translate("staff.found", language), *(f"— {text}" for text in shown)])] if shown else []


def _language(escalation: UntoldEscalation) -> str:
    return escalation.language if escalation.language in LANGUAGES else LANGUAGES[0]
