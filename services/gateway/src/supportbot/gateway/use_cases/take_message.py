"""Take in a message: what staff say as staff, a command, an edit, or a question."""

from dataclasses import replace

from supportbot.common.database.chats import has_text
from supportbot.common.database.incoming import IncomingMessage, receive_edit, receive_message
from supportbot.common.database.notices import queue_notice
from supportbot.common.database.outdated import mark_answered_before
from supportbot.common.database.recordings import RECORDINGS, WAITS_S
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import translate
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.staff_commands import ADMIN_COMMANDS
from supportbot.gateway.domain.updates import UserMessage
from supportbot.gateway.use_cases.answer_command import answer_command
from supportbot.gateway.use_cases.ask_whom import ask_whom
from supportbot.gateway.use_cases.hear_staff import hear_staff
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.pace_people import Pace
from supportbot.gateway.use_cases.reply_as_staff import reply_as_staff
from supportbot.gateway.use_cases.tell_figures import tell_figures


async def take_message(
    tx: Transaction, intake: Intake, update: UserMessage, digest: str, pace: Pace, *, last_try: bool
) -> FollowUp | None:
    """Store what a message means. Returns what is to be seen at once.

    Raises:
        DuplicateUpdateError: it was stored before; roll back.
        NoticeOnItsWayError: not on the `last_try`: what it replies to may become known in a moment.
    """
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
    if intake.is_about_alerts(update):
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
