"""Do what staff say in the topics of their group: it goes to the person, unless it is a command."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from supportbot.common.canned_text import fill, first_name
from supportbot.common.database.albums import add_to_album, gather_album
from supportbot.common.database.attachments import note_sent_file
from supportbot.common.database.conversations import UnknownConversationError, out_seq_of
from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.relays import twins_of_staff_message
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.staff_tables import canned_replies
from supportbot.common.database.schema.tables import feedback, messages, outbound
from supportbot.common.database.staff import reply_by_message
from supportbot.common.database.staff_places import Place, place_here, place_in_topic, place_of
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import LANGUAGES, spoken_language, translate
from supportbot.common.ids import BotId, ConversationId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.followups import ReplyPassedOn, ReplyQueued
from supportbot.gateway.domain.staff_commands import STAFF_COMMANDS
from supportbot.gateway.domain.update_reading import TOPIC_STEP
from supportbot.gateway.domain.updates import UserMessage
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.fetch_files import MOST_BYTES
from supportbot.gateway.use_cases.operate import Operator, act_on, tell_staff

NOTE_CHARACTERS = 2000
NOTES_SHOWN = 5
NAME_CHARACTERS = 32
Told = ReplyPassedOn | ReplyQueued


async def hear_staff(
    tx: Transaction, bot: BotId, desk: Desk, update: UserMessage, digest: str
) -> ReplyPassedOn | ReplyQueued | None:
    """Do what somebody says in the staff group. What is said outside of a person's topic is theirs alone."""
    await remember_update(tx, bot, str(update.update_id), digest)
    found = await _place(tx, bot, update)
    place = None if found is None else await place_of(tx, found)
    if place is None:
        return await _explain(tx, bot, desk, update)
    address = Address.read(update.chat)
    here = place_here(place.conversation_id, bot, address.chat_id, address.topic)
    talk = StaffTalk(tx, bot, desk, update, here, place.told_seq)
    try:
        return await talk.hear()
    except UnknownConversationError:
        return await talk.say("staff.conversation_gone")


async def _explain(tx: Transaction, bot: BotId, desk: Desk, update: UserMessage) -> ReplyQueued | None:
    """Say of a command that is about no conversation where it works."""
    if update.slash not in STAFF_COMMANDS or update.kind == TOPIC_STEP or update.is_edit:
        return None
    language = spoken_language(desk.staff_language, update.language)
    reply = Reply(translate("staff.command_in_topic", language), "staff_notice", details={"kind": "staff_note"})
    key = f"said:{bot}:{update.update_id}"
    await queue_staff_notice(tx, key=key, conversation_id=None, bot=bot, chat=update.chat, reply=reply)
    return ReplyQueued()


async def _place(tx: Transaction, bot: BotId, update: UserMessage) -> ConversationId | None:
    """Which conversation a topic is about; where topics could not be made, that of the message replied to."""
    address = Address.read(update.chat)
    found = await place_in_topic(tx.connection, bot=bot, chat=address.chat_id, topic=address.topic or 0)
    if found is not None or update.replies_to is None:
        return None if found is None else found.conversation_id
    chat, message = str(address.chat_id), update.replies_to
    notice = await reply_by_message(tx.connection, bot=bot, chat=chat, external_id=message)
    return None if notice is None else notice.conversation_id


@dataclass(frozen=True, slots=True)
class StaffTalk:
    """One thing that staff said about a conversation."""

    tx: Transaction
    bot: BotId
    desk: Desk
    update: UserMessage
    here: Place
    """Where it was said: what there is to answer goes there too."""
    seen: int
    """The newest message of the person that they have before them."""

    @property
    def _operator(self) -> Operator:
        return Operator(self.tx, self.here.conversation_id, self.update.user_name)

    async def hear(self) -> Told:
        if self.update.is_edit:
            return await self._change_what_was_sent()
        if self.update.slash in STAFF_COMMANDS:
            return await self._do(self.update.slash, self.update.argument)
        if self.update.slash:
            return await self.say("staff.unknown_command")
        return await self._pass_on()

    @property
    def _language(self) -> str:
        chosen = self.desk.staff_language if self.here.in_group else ""
        return spoken_language(chosen, self.update.language)

    async def say(self, key: str, **values: Any) -> ReplyQueued:
        """Tell staff something, where they talk about this."""
        return await self._tell(translate(key, self._language, **values))

    async def _tell(self, text: str) -> ReplyQueued:
        await tell_staff(self.tx, self.here, f"said:{self.bot}:{self.update.update_id}", text)
        return ReplyQueued()

    async def _come(self, *, tells: bool = True) -> None:
        """Whoever answers in their own chat reads there what the person writes."""
        if not self.here.in_group:
            key = f"{self.bot}:{self.update.update_id}" if tells else ""
            await self._operator.come_to(self.bot, self.here.chat, told_seq=self.seen, key=key)

    async def _pass_on(self) -> Told:
        row = await self._operator.conversation()
        on_web = row.channel != "telegram"
        refusal = _why_not(self.update, on_web=on_web)
        if refusal:
            return await self.say(refusal)
        await self._come()
        chat = Address.read(self.update.chat).chat_id
        more = {"conversation": str(row.id), "twins": [self.update.message_id], "twin_chat": chat}
        await (self._send_to_web(more) if on_web else self._send_in_telegram(more))
        return ReplyPassedOn(self.update.chat, self.update.message_id)

    async def _send_in_telegram(self, more: dict[str, Any]) -> None:
        update, about = self.update, self.here.conversation_id
        piece = (update.album, update.message_id, update.text)
        joined = await add_to_album(self.tx, about, *piece) if update.album else None
        out_seq = await self._queue(more) if joined is None else joined
        if update.file is not None:
            await note_sent_file(self.tx, about, out_seq, update.file, bot=self.bot)  # the inbox shows it too

    async def _queue(self, more: dict[str, Any]) -> int:
        """Returns the reply's number."""
        update = self.update
        if update.kind != "text":
            more |= {"copies": [update.message_id], "from_chat": more["twin_chat"], "album": update.album}
        if update.quotes is not None:
            twins = await self._twins(update.quotes)
            more |= {"answers": twins[0].person_message} if twins else {}
        key = await self._operator.reply(update.text, seen=self.seen, more=more)
        if update.album:
            await gather_album(self.tx, key)
        return out_seq_of(key)

    async def _send_to_web(self, more: dict[str, Any]) -> None:
        """A file goes after its words, as it does from the inbox."""
        update = self.update
        if update.text:
            await self._operator.reply(update.text, seen=self.seen, more=more)
        if update.file is not None:
            await self._operator.file(update.file, self.bot, seen=self.seen, more=more)

    async def _change_what_was_sent(self) -> Told:
        is_text = self.update.kind == "text"
        if not self.update.text:
            return await self.say("staff.edited_reply")
        if self.update.slash:
            return await self.say("staff.edited_command")
        if is_text and await self._call_back_waiting():
            return await self._pass_on()
        twins = [twin for twin in await self._twins(self.update.message_id) if twin.from_staff]
        if not twins:
            return await self.say("staff.edited_reply")
        for twin in twins:
            step = "edits" if is_text else "captions"
            await self._act_on(twin, {step: twin.person_message}, self.update.text)
        return ReplyQueued()

    async def _delete_what_was_sent(self) -> ReplyQueued:
        quoted = self.update.quotes
        twins = [twin for twin in await self._twins(quoted or 0) if twin.from_staff]
        if not twins:
            return await self.say("staff.nothing_to_delete")
        for twin in twins:
            await self._act_on(twin, {"deletes": twin.person_message}, "")
        return await self.say("staff.deleted")

    async def _do(self, command: str, argument: str) -> ReplyQueued:
        match command:
            case "delete":
                return await self._delete_what_was_sent()
            case "note":
                return await self._note(argument[:NOTE_CHARACTERS])
            case "canned":
                return await self._canned(argument)
            case "info":
                return await self._tell(await self._info())
            case _:
                return await self.say(await self._change_state(command))

    async def _change_state(self, command: str) -> str:
        """Returns the text that says what came of it."""
        operator, place = self._operator, await place_of(self.tx, self.here.conversation_id)
        looked_at = place.told_seq if place is not None else self.seen
        steps: dict[str, tuple[Callable[[], Awaitable[bool]], str, str]] = {
            "take": (operator.take, "staff.taken", "staff.taken_before"),
            "reopen": (operator.take, "staff.taken", "staff.taken_before"),
            "back": (partial(operator.back, seen=looked_at), "staff.handed_back", "staff.not_taken"),
            "close": (operator.close, "staff.closed", "staff.closed_before"),
            "ban": (partial(operator.ban, banned=True), "staff.banned", "staff.cannot_ban"),
            "unban": (partial(operator.ban, banned=False), "staff.unbanned", "staff.cannot_ban"),
        }
        step, done, not_done = steps[command]
        if not await step():
            return not_done
        if command in {"take", "reopen"}:
            await self._come(tells=False)
        return done

    async def _note(self, text: str) -> ReplyQueued:
        if not text:
            return await self.say("staff.note_what")
        await self._operator.note(text)
        return await self.say("staff.noted")

    async def _canned(self, argument: str) -> ReplyQueued:
        name, _, text = argument.partition(" ")
        if name in {"add", "remove"}:
            return await self._keep_canned(name, text)
        rows = await self.tx.execute(select(canned_replies.c.name, canned_replies.c.text))
        known: dict[str, str] = {row.name: row.text for row in rows}
        if name in known:
            await self._come()
            await self._operator.reply(await self._filled(known[name]), seen=self.seen)
            return ReplyQueued()
        listed = "\n".join(f"/canned {one}: {said}" for one, said in sorted(known.items()))
        told = translate("staff.canned_list", self._language, listed=listed or "—")
        missing = translate("staff.canned_unknown", self._language, name=name) if name else ""
        return await self._tell("\n\n".join(filter(None, (missing, told))))

    async def _filled(self, text: str) -> str:
        row = await self._operator.conversation()
        company = self.desk.company_in(row.language)
        return fill(text, {"name": first_name(row.user_name), "bot": company, "operator": self.update.user_name})

    async def _keep_canned(self, step: str, argument: str) -> ReplyQueued:
        name, _, text = argument.strip().partition(" ")
        if not name or len(name) > NAME_CHARACTERS or (step == "add" and not text.strip()):
            return await self.say("staff.canned_how")
        if step == "add":
            row = {"name": name, "text": text.strip()}
            await insert_or_update(self.tx, canned_replies, row, key=[canned_replies.c.name])
            return await self.say("staff.canned_kept", name=name, text=await self._filled(text.strip()))
        gone = await self.tx.execute(delete(canned_replies).where(canned_replies.c.name == name))
        return await self.say("staff.canned_removed" if gone.rowcount else "staff.canned_unknown", name=name)

    async def _info(self) -> str:
        row = await self._operator.conversation()
        language = self._language
        of_it = messages.c.conversation_id == row.id
        asked = (await self.tx.execute(select(func.count()).select_from(messages).where(of_it))).scalar_one()
        votes = select(feedback.c.vote).where(feedback.c.conversation_id == row.id)
        given = (await self.tx.execute(votes)).scalars().all()
        noted = select(notes.c.author, notes.c.text).where(notes.c.conversation_id == row.id)
        newest = (await self.tx.execute(noted.order_by(notes.c.created_at.desc()).limit(NOTES_SHOWN))).all()
        lines = translate(
            "staff.info",
            language,
            name=row.user_name or translate("staff.somebody", language),
            channel=translate(f"staff.channel_{row.channel}", language),
            spoken=translate("telegram.language_name", row.language) if row.language in LANGUAGES else "—",
            since=f"{row.created_at:%Y-%m-%d %H:%M} UTC",
            asked=asked,
            up=sum(vote > 0 for vote in given),
            down=sum(vote < 0 for vote in given),
            mode=translate(f"staff.mode_{row.mode}", language),
        )
        return "\n".join([lines, *(f"✎ {note.author}: {note.text}" for note in newest)])

    async def _twins(self, message: int) -> list[Row[Any]]:
        chat = Address.read(self.update.chat).chat_id
        return list(await twins_of_staff_message(self.tx.connection, bot=self.bot, chat=chat, message=message))

    async def _call_back_waiting(self) -> bool:
        """Cancel what was said before it was changed, where nothing of it has gone out yet."""
        c = outbound.c
        waiting = select(c.reply_key, c.details).where(c.lane == str(self.here.conversation_id), c.status == "waiting")
        rows = (await self.tx.execute(waiting.where(c.author == "person"))).all()
        keys = [row.reply_key for row in rows if self.update.message_id in (row.details.get("twins") or ())]
        cancelled = update(outbound).where(c.reply_key.in_(keys), c.status == "waiting").values(status="cancelled")
        return bool(keys) and (await self.tx.execute(cancelled)).rowcount > 0

    async def _act_on(self, twin: Row[Any], details: dict[str, Any], text: str) -> None:
        await act_on(self.tx, twin.conversation_id, details, text, self.update.user_name)


def _why_not(update: UserMessage, *, on_web: bool) -> str:
    """The text that says why something cannot be passed on; empty where it can."""
    if update.kind == "text":
        return "" if update.text else "staff.only_text"
    if not on_web:
        return ""
    if update.file is None:
        return "staff.not_on_web"
    return "staff.file_too_large" if (update.file.size or 0) > MOST_BYTES else ""
