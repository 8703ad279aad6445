"""Store what an update from Telegram says, once, whatever it is."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import TypeVar

from supportbot.common.database.chats import move_chat, set_reachable
from supportbot.common.database.people import person_known
from supportbot.common.database.transactions import DatabaseUnavailableError, Transaction
from supportbot.common.database.updates import DuplicateUpdateError, quarantine_update, remember_update
from supportbot.common.i18n import translate
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import MESSAGES_RECEIVED
from supportbot.common.telemetry.tracing import span
from supportbot.gateway.domain.buttons import OF_STAFF, read_press
from supportbot.gateway.domain.followups import ButtonNoted, FollowUp
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
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.pace_people import Pace
from supportbot.gateway.use_cases.pass_reaction_on import pass_reaction_on
from supportbot.gateway.use_cases.press_as_staff import press_as_staff
from supportbot.gateway.use_cases.press_button import asks_for_person, costs_something, press_button
from supportbot.gateway.use_cases.reply_as_staff import NoticeOnItsWayError
from supportbot.gateway.use_cases.stop_answer import stop_answer
from supportbot.gateway.use_cases.take_message import take_message

NOTICE_WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""An admin who replies within milliseconds is quicker than Telegram's answer to us about the message replied to."""
_log = logger(__name__)
_Said = TypeVar("_Said", UserMessage, ButtonPressed)


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
        case UserMessage() if not intake.is_staff(update):
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
                return await take_message(tx, intake, said, digest, pace, last_try=last_try)
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
    if person.is_banned and not intake.may_answer(update):
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
