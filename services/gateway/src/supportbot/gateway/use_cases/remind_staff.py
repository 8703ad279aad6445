"""Remind staff, once, of a question that nobody took, or nobody answers any more; not while nobody is there."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.staff import (
    Forgotten,
    Unanswered,
    forgotten_escalations,
    mark_reminded,
    mark_reminded_of,
    unanswered_talks,
)
from supportbot.common.database.staff_places import place_of, queue_in_place
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId
from supportbot.gateway.domain.formatting import shorten
from supportbot.gateway.use_cases.notify_staff import Staff
from supportbot.gateway.use_cases.staff_language import language_in

BATCH = 20
QUESTION_UNITS = 300


def _now() -> datetime:
    return datetime.now(UTC)


async def remind_staff(database: Database, staff: Staff, clock: Callable[[], datetime] = _now) -> int:
    """Queue the reminders that are due. Returns how many."""
    if not staff.remind_after_s or not staff.bots or not staff.hours.is_open(clock()):
        return 0
    after_s = staff.remind_after_s
    found = await database.read(lambda connection: forgotten_escalations(connection, after_s, BATCH))
    for forgotten in found:
        await database.write(partial(_remind, staff=staff, forgotten=forgotten))
    talks = await database.read(lambda connection: unanswered_talks(connection, after_s, BATCH))
    for talk in talks:
        await database.write(partial(_remind_of_talk, talk=talk, chosen=staff.language))
    return len(found) + len(talks)


async def _remind_of_talk(tx: Transaction, talk: Unanswered, chosen: str) -> None:
    """Say where staff talk about it that the person waits for their next word."""
    place = await place_of(tx, talk.conversation_id)
    if place is None or not await mark_reminded_of(tx, talk.conversation_id, talk.last_seq):
        return
    language = await language_in(tx, place.bot, place.chat, asker=talk.language, chosen=chosen)
    name = talk.user_name or translate("staff.somebody", language)
    details = {"kind": "staff_note", "language": language}
    text = translate("staff.next_reminder", language, name=name)
    reply = Reply(text, "staff_notice", details=details, turn_to=talk.last_seq)
    await queue_in_place(tx, place, key=f"reminder:{talk.conversation_id}:{talk.last_seq}", reply=reply)


async def _remind(tx: Transaction, staff: Staff, forgotten: Forgotten) -> None:
    """Remind everybody who was told of it: in its topic, or each in their own chat."""
    if not await mark_reminded(tx, forgotten.id):
        return
    place = await place_of(tx, forgotten.conversation_id)
    if place is not None and place.in_group:
        language = await language_in(tx, place.bot, place.chat, asker=forgotten.language, chosen=staff.language)
        reply = _reminder(forgotten, "card", language)
        await queue_in_place(tx, place, key=f"reminder:{forgotten.id}", reply=reply)
        return
    bot = BotId(forgotten.bot) if forgotten.bot in staff.bots else staff.bots[0]
    for admin in staff.admins:
        language = await language_in(tx, bot, admin, asker=forgotten.language, chosen=staff.language)
        key, reply = f"reminder:{forgotten.id}:{admin}", _reminder(forgotten, "staff", language)
        of_it = forgotten.conversation_id
        await queue_staff_notice(tx, key=key, conversation_id=of_it, bot=bot, chat=str(admin), reply=reply)


def _reminder(forgotten: Forgotten, kind: str, language: str) -> Reply:
    name = forgotten.user_name or translate("staff.somebody", language)
    question = shorten(forgotten.question.strip(), QUESTION_UNITS)
    key = "staff.reminder" if question else "staff.reminder_without_words"
    details = {"kind": kind, "language": language, "about": str(forgotten.id)}
    text = translate(key, language, name=name, question=question)
    return Reply(text, "staff_notice", details=details, turn_to=forgotten.turn_to)
