"""Do what a person of staff chose below a card or a notice; nobody else may, whatever they press."""

from uuid import UUID

from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.staff import Suggested, escalation_of, escalation_to_tell, was_told
from supportbot.common.database.staff_places import place_in_topic, place_of
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.ids import BotId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import Press
from supportbot.gateway.domain.followups import ButtonNoted
from supportbot.gateway.domain.updates import ButtonPressed
from supportbot.gateway.use_cases.notify_staff import tell_admin
from supportbot.gateway.use_cases.operate import Operator


async def press_as_staff(
    tx: Transaction,
    bot: BotId,
    update: ButtonPressed,
    digest: str,
    *,
    press: Press,
    is_admin: bool,
    groups: frozenset[int],
) -> ButtonNoted:
    """Take, answer, hand back or close the conversation that an escalation is about."""
    await remember_update(tx, bot, str(update.update_id), digest)
    about = await _about(tx, press.value)
    address = Address.read(update.chat)
    in_group = address.chat_id in groups
    allowed = about is not None and (
        await _is_its_topic(tx, bot, address, about)
        if in_group
        else is_admin
        and (
            press.action == "show"
            or await was_told(tx.connection, bot=bot, chat=update.chat, conversation_id=about.conversation_id)
        )
    )
    if about is None or not allowed:
        return ButtonNoted(update.query_id, translate("telegram.button_gone", update.language))
    try:
        if press.action == "show":
            return await _show(tx, bot, update, about)
        key = await _do(tx, bot, update, about, action=press.action, in_group=in_group)
    except UnknownConversationError:
        key = "staff.conversation_gone"
    return ButtonNoted(update.query_id, translate(key, update.language), queued=True)


async def _do(
    tx: Transaction, bot: BotId, update: ButtonPressed, about: Suggested, *, action: str, in_group: bool
) -> str:
    """Returns the text that the button answers with."""
    operator = Operator(tx, about.conversation_id, update.user_name)
    match action:
        case "take":
            return await _take(tx, bot, update, about, operator, in_group=in_group)
        case "back":
            place = await place_of(tx, about.conversation_id)
            back = await operator.back(seen=place.told_seq if place else 0)
            return "staff.handed_back" if back else "staff.not_taken"
        case "close":
            return "staff.closed" if await operator.close() else "staff.closed_before"
        case "suggest" if about.text:
            if not in_group:  # what the person writes is read there from now on
                key = f"{bot}:{update.update_id}"
                await operator.come_to(bot, int(update.chat), told_seq=about.turn_to, key=key)
            await operator.reply(about.text, seen=about.turn_to)
            return "staff.suggestion_sent"
        case "reply":
            if not in_group and (await operator.conversation()).mode != "person":
                await operator.come_to(bot, int(update.chat), told_seq=about.turn_to)
            await _ask_for_reply(tx, bot, update, about)
            return "staff.write_reply"
        case _:
            return "telegram.button_gone"


async def _take(
    tx: Transaction, bot: BotId, update: ButtonPressed, about: Suggested, operator: Operator, *, in_group: bool
) -> str:
    if not await operator.take():
        return "staff.taken_before"
    if not in_group:  # a topic has its commands; here a message has to lead on
        await operator.come_to(bot, int(update.chat), told_seq=about.turn_to)
        row = await operator.conversation()
        language = spoken_language(update.language)
        name = row.user_name or translate("staff.somebody", language)
        details = {"kind": "staff_taken", "language": language, "about": str(about.id)}
        text = translate("staff.you_have_it", language, name=name)
        reply = Reply(text, "staff_notice", details=details, turn_to=about.turn_to)
        key, of_it = f"taken:{bot}:{update.update_id}", about.conversation_id
        await queue_staff_notice(tx, key=key, conversation_id=of_it, bot=bot, chat=update.chat, reply=reply)
    return "staff.taken_short"


async def _show(tx: Transaction, bot: BotId, update: ButtonPressed, about: Suggested) -> ButtonNoted:
    """Show a question of a message about many as a whole, once."""
    escalation = await escalation_to_tell(tx.connection, about.id)
    if escalation is None:
        return ButtonNoted(update.query_id, translate("staff.answered_before", update.language))
    await tell_admin(tx, escalation, bot=bot, admin=int(update.chat))
    return ButtonNoted(update.query_id, translate("staff.shown", update.language), queued=True)


async def _ask_for_reply(tx: Transaction, bot: BotId, update: ButtonPressed, about: Suggested) -> None:
    """Have Telegram begin a reply: what is written to it goes to the person."""
    details = {"kind": "staff_prompt", "language": update.language, "asks_for_reply": True}
    reply = Reply(
        translate("staff.write_reply", update.language), "staff_notice", details=details, turn_to=about.turn_to
    )
    key = f"prompt:{bot}:{update.update_id}"
    await queue_staff_notice(tx, key=key, conversation_id=about.conversation_id, bot=bot, chat=update.chat, reply=reply)


async def _about(tx: Transaction, escalation: str) -> Suggested | None:
    try:
        return await escalation_of(tx.connection, UUID(escalation))
    except ValueError:
        return None


async def _is_its_topic(tx: Transaction, bot: BotId, address: Address, about: Suggested) -> bool:
    place = await place_in_topic(tx.connection, bot=bot, chat=address.chat_id, topic=address.topic or 0)
    return place is not None and place.conversation_id == about.conversation_id
