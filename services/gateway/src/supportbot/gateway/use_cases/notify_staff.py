"""Tell staff in their own chats about questions that wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from supportbot.common.database.notices import announce
from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.staff import UntoldEscalation, mark_told, people_before, untold_escalations
from supportbot.common.database.staff_places import mark_told as mark_told_up_to
from supportbot.common.database.staff_places import queue_in_place, queue_topic_step, take_place
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import LANGUAGES, UnknownTextError, translate
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.formatting import shorten
from supportbot.gateway.domain.working_hours import WorkingHours

BATCH = 20
QUESTION_UNITS = 1500
PASSAGES_SHOWN = 2
PASSAGE_UNITS = 400
LINE_UNITS = 200
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is told, and by which bots; the first one speaks for the web chat."""

    admins: Sequence[int]
    bots: Sequence[BotId]
    group: int | None = None
    """The forum group in which each conversation gets a topic; without one, each admin is told."""
    hours: WorkingHours = field(default_factory=WorkingHours)
    remind_after_s: float = 0.0
    hand_back_after_s: float = 0.0

    @property
    def is_there(self) -> bool:
        """Whether there is anybody to be told, and a bot that can."""
        return bool(self.bots) and (bool(self.admins) or self.group is not None)


async def notify_staff(database: Database, staff: Staff) -> int:
    """Queue a message to every admin for each escalation that they do not know of. Returns how many escalations.

    Where nobody is to be told, escalations wait in the inbox alone.
    """
    if not staff.is_there:
        return 0
    untold = await database.read(lambda connection: untold_escalations(connection, BATCH))
    for escalation in untold:
        await _tell(database, staff, escalation)
    return len(untold)


async def _tell(database: Database, staff: Staff, escalation: UntoldEscalation) -> None:
    bot = BotId(escalation.bot) if escalation.bot in staff.bots else staff.bots[0]
    reply = _notice(escalation, "staff" if staff.group is None else "card")

    async def work(tx: Transaction) -> bool:
        if not await mark_told(tx, escalation.id):
            return False
        await _tell_how_long(tx, staff, escalation)
        if staff.group is not None:
            await _tell_group(tx, escalation, reply, bot=bot, group=staff.group)
            return True
        for admin in staff.admins:
            key = f"staff:{escalation.id}:{bot}:{admin}"
            await queue_staff_notice(
                tx, key=key, conversation_id=escalation.conversation_id, bot=bot, chat=str(admin), reply=reply
            )
            await _pass_attachments_on(tx, escalation, bot, admin)
        return True

    if await database.write(work):
        _log.info("Staff are told about a question", conversation_id=str(escalation.conversation_id), bot=bot)


async def _tell_how_long(tx: Transaction, staff: Staff, escalation: UntoldEscalation) -> None:
    """Tell who waits that nobody is there now, or how many wait before them; once, where there is something."""
    language = _language(escalation)
    ahead = await people_before(tx.connection, escalation.id, escalation.conversation_id)
    if ahead is None:
        return
    text = translate("telegram.queue", language, n=ahead) if ahead else ""
    if not staff.hours.is_open(escalation.created_at):
        back = staff.hours.opens_at(escalation.created_at)
        day = translate(f"telegram.day_{back.weekday()}", language)
        text = translate("telegram.away", language, day=day, time=f"{back:%H:%M}", zone=str(back.tzinfo))
    if text:
        await announce(tx, escalation.conversation_id, text=text)


def _notice(escalation: UntoldEscalation, kind: str) -> Reply:
    details = {
        "kind": f"{kind}_suggested" if escalation.suggestion else kind,
        "language": _language(escalation),
        "channel": escalation.channel,
        "about": str(escalation.id),
    }
    return Reply(notice_text(escalation), "staff_notice", details=details, turn_to=escalation.turn_to)


async def _tell_group(tx: Transaction, escalation: UntoldEscalation, reply: Reply, *, bot: BotId, group: int) -> None:
    """Tell of it in the conversation's topic, which is made or opened again."""
    name = escalation.user_name or translate("staff.somebody", _language(escalation))
    told_seq = escalation.turn_to
    place = await take_place(
        tx, escalation.conversation_id, bot=bot, chat=group, told_seq=told_seq, name=name, card=reply.text
    )
    if not place.is_open:
        await queue_topic_step(tx, place, "reopen")
    await queue_in_place(tx, place, key=f"card:{escalation.id}", reply=reply)
    if place.told_seq < told_seq:
        await mark_told_up_to(tx, place, told_seq)
    if escalation.attachments and escalation.channel == "telegram":
        details = {"kind": "staff_copy", "copies": list(escalation.attachments), "to_staff": True}
        details |= {"from_chat": Address.read(escalation.chat).chat_id, "twins": list(escalation.attachments)}
        details["twin_chat"] = details["from_chat"]
        copies = Reply("", "staff_notice", details=details, turn_to=escalation.turn_to)
        await queue_in_place(tx, place, key=f"card:{escalation.id}:copies", reply=copies)


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
        *_said_before(escalation, language),
        *_suggested(escalation, language),
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
        f"{_titled(passage, language)}: {shorten(' '.join(str(passage.get('text', '')).split()), PASSAGE_UNITS)}"
        for passage in passages[:PASSAGES_SHOWN]
    ]
    return ["\n".join([translate("staff.found", language), *(f"— {text}" for text in shown)])] if shown else []


def _said_before(escalation: UntoldEscalation, language: str) -> list[str]:
    lines = [f"— {shorten(' '.join(text.split()), LINE_UNITS)}" for text in escalation.earlier]
    return ["\n".join([translate("staff.earlier", language), *lines])] if lines else []


def _suggested(escalation: UntoldEscalation, language: str) -> list[str]:
    text = shorten(escalation.suggestion, PASSAGE_UNITS)
    return [f"{translate('staff.suggestion', language)}\n{text}"] if text else []


def _titled(passage: dict[str, Any], language: str) -> str:
    title = str(passage.get("title", ""))
    public = passage.get("audience", "public") == "public"
    return title if public else f"{title} ({translate('staff.for_operators', language)})"


def _language(escalation: UntoldEscalation) -> str:
    return escalation.language if escalation.language in LANGUAGES else LANGUAGES[0]
