"""Store what an update from Telegram says, once, whatever it is."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from supportbot.common.database.chats import has_text, move_chat, set_reachable
from supportbot.common.database.incoming import IncomingMessage, receive_edit, receive_message
from supportbot.common.database.notices import queue_notice
from supportbot.common.database.outdated import mark_answered_before
from supportbot.common.database.people import person_known
from supportbot.common.database.recordings import RECORDINGS, WAITS_S
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.database.updates import DuplicateUpdateError, quarantine_update, remember_update
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import MESSAGES_RECEIVED
from supportbot.common.telemetry.tracing import span
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import OF_STAFF, read_press
from supportbot.gateway.domain.followups import ButtonNoted, FollowUp
from supportbot.gateway.domain.staff_commands import ADMIN_COMMANDS
from supportbot.gateway.domain.update_bytes import RawUpdate
from supportbot.gateway.domain.update_reading import Own, read_update
from supportbot.gateway.domain.updates import (
    AnswerStopped,
    ButtonPressed,
    ChatMoved,
    Ignored,
    ReachabilityChanged,
    Reacted,
    TelegramUpdate,
    UnreadableUpdateError,
    UserMessage,
)
from supportbot.gateway.metrics import QUARANTINED, UPDATES
from supportbot.gateway.use_cases.answer_command import Desk, answer_command
from supportbot.gateway.use_cases.ask_whom import ask_whom
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.use_cases.hear_staff import hear_staff
from supportbot.gateway.use_cases.pace_people import Pace, Pacing
from supportbot.gateway.use_cases.pass_reaction_on import pass_reaction_on
from supportbot.gateway.use_cases.press_as_staff import press_as_staff
from supportbot.gateway.use_cases.press_button import asks_for_person, costs_something, press_button
from supportbot.gateway.use_cases.reply_as_staff import NoticeOnItsWayError, reply_as_staff
from supportbot.gateway.use_cases.stop_answer import stop_answer
from supportbot.gateway.use_cases.tell_figures import tell_figures

NOTICE_WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""An admin who replies within milliseconds is quicker than Telegram's answer to us about the message replied to."""
_log = logger(__name__)
_Said = TypeVar("_Said", UserMessage, ButtonPressed)


@dataclass(slots=True)
class OwnName:
    """The bot's name, as soon as Telegram has told it."""

    username: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """Where updates of one bot go, and who may do more than ask."""

    database: Database
    bot: BotId
    admins: frozenset[int]
    burst_s: float
    alerts_group: int | None = None
    """The group that gets alerts: what is said there about them is no question."""
    pacing: Pacing | None = None
    """How much one person may ask; None: as much as they like."""
    desk: Desk = field(default_factory=Desk)
    own: OwnName = field(default_factory=OwnName)
    transcribes: bool = False
    """Whether what is spoken is written down before it is answered."""
    topics_groups: frozenset[int] = frozenset()
    """The forum groups in which staff talk with people, one topic for each."""
    drafts: LiveDrafts | None = None
    """What is being written, for who stops it."""


async def receive_update(intake: Intake, raw: RawUpdate) -> FollowUp | None:
    """Store an update; afterwards it may be acknowledged. Returns what the person is to see at once.

    Raises:
        DatabaseUnavailableError: nothing was stored; the update must come again.
    """
    try:
        update = _read(intake, raw)
    except UnreadableUpdateError as error:
        await _quarantine(intake, raw, error.update_id, error.reason)
        return None
    with span("telegram.receive", bot=intake.bot, kind=_kind(update)):
        return await _store(intake, raw, update)


async def _store(intake: Intake, raw: RawUpdate, update: TelegramUpdate) -> FollowUp | None:
    try:
        followup = await _write(intake, raw, update)
    except DuplicateUpdateError as error:
        UPDATES.labels(_kind(update), "repeated").inc()
        if not error.same_body:
            await _quarantine(intake, raw, str(update.update_id), "its update_id came with another body before")
        return None
    except DatabaseUnavailableError:
        raise
    except Exception as error:  # one update must not keep those behind it from being stored
        _log.exception("An update could not be stored", bot=intake.bot, update_id=update.update_id)
        await _quarantine(intake, raw, str(update.update_id), f"storing it failed ({type(error).__name__})")
        return None
    UPDATES.labels(_kind(update), "stored").inc()
    if isinstance(update, UserMessage):
        MESSAGES_RECEIVED.labels("telegram", update.kind).inc()
    return followup


async def _write(intake: Intake, raw: RawUpdate, update: TelegramUpdate) -> FollowUp | None:
    pace = await _pace(intake, update)
    attempt = partial(_apply, intake=intake, update=update, digest=raw.digest, pace=pace)
    for pause_s in NOTICE_WAITS_S:
        try:
            return await intake.database.write(partial(attempt, last_try=False), lane="intake")
        except NoticeOnItsWayError:
            await asyncio.sleep(pause_s)
    return await intake.database.write(partial(attempt, last_try=True), lane="intake")


def _read(intake: Intake, raw: RawUpdate) -> TelegramUpdate:
    if raw.problem:
        raise UnreadableUpdateError(raw.problem)
    return read_update(
        raw.value, Own(int(intake.bot) if intake.bot.isdecimal() else None, intake.own.username, intake.topics_groups)
    )


async def _pace(intake: Intake, update: TelegramUpdate) -> Pace:
    """How long what a person asks has to wait. Staff and votes never do."""
    if intake.pacing is None:
        return Pace()
    match update:
        case UserMessage() if not _is_staff(intake, update):
            person = str(update.sender_id or update.chat)
        case ButtonPressed() if costs_something(update):
            person = str(update.sender_id or update.chat)
        case _:
            return Pace()
    return await intake.pacing.pace(intake.bot, update.update_id, person)


async def _apply(
    tx: Transaction, intake: Intake, update: TelegramUpdate, digest: str, pace: Pace, *, last_try: bool
) -> FollowUp | None:
    """One update's effects, all of them or none."""
    match update:
        case UserMessage():
            said = await _of_person(tx, intake, update)
            if said is not None:
                return await _message(tx, intake, said, digest, pace, last_try=last_try)
        case ButtonPressed():
            pressed = await _of_person(tx, intake, update)
            if pressed is not None:
                return await _press(tx, intake, pressed, digest, pace)
        case ReachabilityChanged(chat=chat, reachable=reachable):
            await set_reachable(tx, intake.bot, chat, reachable=reachable)
        case ChatMoved(old=old, new=new):
            await move_chat(tx, intake.bot, old=old, new=new)
        case Reacted():
            await pass_reaction_on(tx, intake.bot, update)
        case AnswerStopped():
            await stop_answer(tx, intake.bot, update, intake.drafts)
        case Ignored():
            pass
    await remember_update(tx, intake.bot, str(update.update_id), digest)
    return None


async def _of_person(tx: Transaction, intake: Intake, update: _Said) -> _Said | None:
    """The update in the language that its sender chose, which goes before that of their app. None of who is banned."""
    if update.sender_id is None:
        return update
    person = await person_known(tx.connection, intake.bot, update.sender_id)
    if person.is_banned and not _may_answer(intake, update):
        return None
    return update if person.language is None else replace(update, language=person.language)


async def _press(tx: Transaction, intake: Intake, update: ButtonPressed, digest: str, pace: Pace) -> FollowUp:
    press = read_press(update.data)
    if pace.wait_s > 0 and not asks_for_person(update):
        await remember_update(tx, intake.bot, str(update.update_id), digest)
        return ButtonNoted(update.query_id, translate("telegram.too_fast", update.language))
    if press is None or press.action not in OF_STAFF:
        return await press_button(tx, intake.bot, intake.desk, update, digest, wait_s=pace.wait_s)
    is_admin = update.sender_id in intake.admins and update.chat == str(update.sender_id)
    groups = intake.topics_groups
    return await press_as_staff(tx, intake.bot, update, digest, press=press, is_admin=is_admin, groups=groups)


async def _message(
    tx: Transaction, intake: Intake, update: UserMessage, digest: str, pace: Pace, *, last_try: bool
) -> FollowUp | None:
    handled, followup = await _from_staff(tx, intake, update, digest, last_try=last_try)
    if handled:
        return followup
    if update.is_private and update.is_unknown_command:
        update = replace(update, command="unknown_command")
    if update.command and not update.is_edit and (pace.wait_s <= 0 or pace.tell):
        told = update if pace.wait_s <= 0 else replace(update, command="too_fast")
        return await answer_command(tx, intake.bot, intake.desk, told, digest)
    if update.command or (update.is_edit and await _says_the_same(tx, intake, update)):
        await remember_update(tx, intake.bot, str(update.update_id), digest)
        return None
    incoming = IncomingMessage(
        channel="telegram",
        bot=intake.bot,
        chat=update.chat,
        update_source=intake.bot,
        update_id=str(update.update_id),
        body_hash=digest,
        text=update.text,
        kind=update.kind,
        external_id=update.message_id,
        replies_to=update.quotes,
        file_id=update.file.file_id if update.file and update.kind in RECORDINGS else None,
        file=update.file,
        user_name=update.user_name,
        language=update.language,
        burst_s=max(pace.wait_s, _gathering_s(intake, update)),
    )
    received = await (receive_edit if update.is_edit else receive_message)(tx, incoming)
    if update.is_edit:
        await mark_answered_before(tx, received.conversation_id, received.message_id)
    if pace.tell:
        text = translate("telegram.slow_down", update.language)
        await queue_notice(tx, received.conversation_id, text=text, kind="slow_down")
    return None


def _gathering_s(intake: Intake, update: UserMessage) -> float:
    """How long to wait for what belongs to the same question: more messages, or the words of a recording."""
    if update.kind in RECORDINGS and intake.transcribes and update.file:
        return WAITS_S
    return 0.0 if update.kind == "person" else intake.burst_s


async def _from_staff(
    tx: Transaction, intake: Intake, update: UserMessage, digest: str, *, last_try: bool
) -> tuple[bool, FollowUp | None]:
    """Whether it was said by staff as staff, and is dealt with; and what is to be shown then."""
    if Address.read(update.chat).chat_id in intake.topics_groups:
        return True, await hear_staff(tx, intake.bot, intake.desk, update, digest)
    if _is_about_alerts(intake, update):
        await remember_update(tx, intake.bot, str(update.update_id), digest)
        return True, None
    if update.sender_id not in intake.admins:
        return False, None
    return await _from_admin(tx, intake, update, digest, last_try=last_try)


async def _from_admin(
    tx: Transaction, intake: Intake, update: UserMessage, digest: str, *, last_try: bool
) -> tuple[bool, FollowUp | None]:
    """The same of somebody in ADMIN_IDS, who may ask like anybody else too."""
    if update.replies_to is not None:
        staff = await reply_as_staff(tx, intake.bot, intake.desk, update, digest, last_try=last_try)
        if staff is not None:
            return True, staff.followup
    if not update.is_private:
        return False, None
    if update.slash in ADMIN_COMMANDS:
        return True, await tell_figures(tx, intake.bot, update, digest)
    asked = await ask_whom(tx, intake.bot, update, digest)
    return asked is not None, asked


async def _says_the_same(tx: Transaction, intake: Intake, edit: UserMessage) -> bool:
    return await has_text(tx.connection, intake.bot, edit.chat, edit.message_id, edit.text)


def _is_about_alerts(intake: Intake, update: UserMessage) -> bool:
    return Address.read(update.chat).chat_id == intake.alerts_group


def _is_staff(intake: Intake, update: UserMessage) -> bool:
    return _may_answer(intake, update) or _is_about_alerts(intake, update)


def _may_answer(intake: Intake, update: UserMessage | ButtonPressed) -> bool:
    return update.sender_id in intake.admins or Address.read(update.chat).chat_id in intake.topics_groups


async def _quarantine(intake: Intake, raw: RawUpdate, update_id: str | None, reason: str) -> None:
    """Keep an update aside; the same one again is not kept twice."""

    async def work(tx: Transaction) -> None:
        await quarantine_update(tx, bot=intake.bot, update_id=update_id, reason=reason, body=raw.body)
        await remember_update(tx, intake.bot, raw.digest, raw.digest)

    try:
        await intake.database.write(work, lane="intake")
    except DuplicateUpdateError:
        UPDATES.labels("unreadable", "repeated").inc()
        return
    QUARANTINED.inc()
    _log.warning("An update was quarantined", bot=intake.bot, update_id=update_id, reason=reason)


def _kind(update: TelegramUpdate) -> str:
    if isinstance(update, Ignored):
        return f"ignored_{update.what}"
    return type(update).__name__
