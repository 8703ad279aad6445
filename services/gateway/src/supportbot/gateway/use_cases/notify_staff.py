"""Tell staff in their own chats about questions that wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from supportbot.common.database.notices import announce
from supportbot.common.database.outbound import Reply, queue_farewell, queue_staff_notice
from supportbot.common.database.staff import UntoldEscalation, mark_told, people_before, untold_escalations
from supportbot.common.database.staff_places import mark_told as mark_told_up_to
from supportbot.common.database.staff_places import (
    place_of,
    queue_in_place,
    queue_topic_step,
    quietest_chat,
    take_place,
)
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.working_hours import WorkingHours
from supportbot.gateway.use_cases.staff_language import language_in
from supportbot.gateway.use_cases.staff_notices import digest, notice

BATCH = 20
MOST_ALONE = 5
"""As many questions at once are told one by one in admins' own chats; more, in one message."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is told, and by which bots; the first one speaks for the web chat."""

    admins: Sequence[int]
    bots: Sequence[BotId]
    groups: Sequence[int] = ()
    """The forum groups in which each conversation gets a topic; without any, each admin is told."""
    hours: WorkingHours = field(default_factory=WorkingHours)
    remind_after_s: float = 0.0
    hand_back_after_s: float = 0.0
    people_answer: bool = True
    language: str = ""
    """In which they read in their groups; empty: in that of whoever asks. In their own chat each reads their own."""

    @property
    def is_there(self) -> bool:
        """Whether there is anybody to be told, and a bot that can."""
        return self.people_answer and bool(self.bots) and bool(self.admins or self.groups)


async def notify_staff(database: Database, staff: Staff) -> int:
    """Queue a message to every admin for each escalation that they do not know of. Returns how many escalations.

    Where nobody is to be told, escalations wait in the inbox alone.
    """
    if not staff.is_there:
        return 0
    untold = await database.read(lambda connection: untold_escalations(connection, BATCH))
    if not staff.groups and len(untold) > MOST_ALONE:
        await _tell_together(database, staff, untold)
        return len(untold)
    for escalation in untold:
        await _tell(database, staff, escalation)
    return len(untold)


async def _tell_together(database: Database, staff: Staff, untold: Sequence[UntoldEscalation]) -> None:
    """Tell of many in one message: a flood in their own chats would hide what matters."""
    by_bot: dict[BotId, list[UntoldEscalation]] = {}
    for escalation in untold:
        by_bot.setdefault(_bot_for(staff, escalation), []).append(escalation)

    async def work(tx: Transaction) -> None:
        for bot, theirs in by_bot.items():
            news = [escalation for escalation in theirs if await mark_told(tx, escalation.id)]
            for escalation in news:
                await _tell_how_long(tx, staff, escalation)
            # of several people, so that nothing of it is kept with one's data
            for admin in staff.admins if news else ():
                language = await language_in(tx, bot, admin, asker=news[0].language, chosen=staff.language)
                key = f"{news[0].id}:{bot}:{admin}:digest"
                await queue_farewell(tx, key=key, bot=bot, chat=str(admin), reply=digest(news, language))

    await database.write(work)
    _log.info("Staff are told about many questions at once", questions=len(untold))


def _bot_for(staff: Staff, escalation: UntoldEscalation) -> BotId:
    return BotId(escalation.bot) if escalation.bot in staff.bots else staff.bots[0]


async def _tell(database: Database, staff: Staff, escalation: UntoldEscalation) -> None:
    bot = _bot_for(staff, escalation)

    async def work(tx: Transaction) -> bool:
        if not await mark_told(tx, escalation.id):
            return False
        await _tell_how_long(tx, staff, escalation)
        if staff.groups:
            await _tell_group(tx, staff, escalation, bot=bot)
            return True
        for admin in staff.admins:
            await tell_admin(tx, escalation, bot=bot, admin=admin, chosen=staff.language)
        place = await place_of(tx, escalation.conversation_id)
        if place is not None and place.told_seq < escalation.turn_to:
            await mark_told_up_to(tx, place, escalation.turn_to)
        return True

    if await database.write(work):
        _log.info("Staff are told about a question", conversation_id=str(escalation.conversation_id), bot=bot)


async def _tell_how_long(tx: Transaction, staff: Staff, escalation: UntoldEscalation) -> None:
    """Tell who waits that nobody is there now, or how many wait before them; once, where there is something."""
    language = spoken_language(escalation.language)
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


async def _tell_group(tx: Transaction, staff: Staff, escalation: UntoldEscalation, *, bot: BotId) -> None:
    """Tell of it in the conversation's topic, which is made or opened again."""
    told_seq = escalation.turn_to
    known = await place_of(tx, escalation.conversation_id)
    stays = known is not None and known.chat in staff.groups
    group = known.chat if known is not None and stays else await quietest_chat(tx.connection, bot, staff.groups)
    language = await language_in(tx, bot, group, asker=escalation.language, chosen=staff.language)
    name = escalation.user_name or translate("staff.somebody", language)
    reply = notice(escalation, "card", language)
    place = await take_place(
        tx, escalation.conversation_id, bot=bot, chat=group, told_seq=told_seq, name=name, card=reply.text
    )
    if not place.is_open:
        await queue_topic_step(tx, place, "reopen")
    await queue_in_place(tx, place, key=f"card:{escalation.id}", reply=reply)
    if place.told_seq < told_seq:
        await mark_told_up_to(tx, place, told_seq)
    if escalation.attachments and escalation.channel == "telegram":
        await queue_in_place(tx, place, key=f"card:{escalation.id}:copies", reply=_copies(escalation))


async def tell_admin(
    tx: Transaction, escalation: UntoldEscalation, *, bot: BotId, admin: int, chosen: str = ""
) -> None:
    """Queue a notice in an admin's own chat, with what came with the question behind it."""
    reply = notice(escalation, "staff", await language_in(tx, bot, admin, asker=escalation.language, chosen=chosen))
    key, about = f"staff:{escalation.id}:{bot}:{admin}", escalation.conversation_id
    await queue_staff_notice(tx, key=key, conversation_id=about, bot=bot, chat=str(admin), reply=reply)
    await _pass_attachments_on(tx, escalation, bot, admin)


async def _pass_attachments_on(tx: Transaction, escalation: UntoldEscalation, bot: BotId, admin: int) -> None:
    """Queue what came with the question behind the notice; a reply to it is a reply to the question too."""
    if not escalation.attachments or escalation.channel != "telegram":
        return
    key, about, reply = f"staff:{escalation.id}:{bot}:{admin}:copies", escalation.conversation_id, _copies(escalation)
    await queue_staff_notice(tx, key=key, conversation_id=about, bot=bot, chat=str(admin), reply=reply)


def _copies(escalation: UntoldEscalation) -> Reply:
    """What came with a question, as copies that match it: what staff answer to one is shown as an answer to it."""
    ids, chat = list(escalation.attachments), Address.read(escalation.chat).chat_id
    details = {"kind": "staff_copy", "copies": ids, "from_chat": chat, "twins": ids, "twin_chat": chat}
    details |= {"to_staff": True, "conversation": str(escalation.conversation_id)}
    return Reply("", "staff_notice", details=details, turn_to=escalation.turn_to)
