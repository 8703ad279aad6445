"""Store a press on a button: a vote on an answer, or the wish for a person."""

from dataclasses import replace
from typing import Literal

from supportbot.common.contracts import FeedbackGiven
from supportbot.common.contracts.feedback import REASONS
from supportbot.common.database.answers import passages_of_reply
from supportbot.common.database.feedback import record_rating, record_vote
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.notices import queue_beside
from supportbot.common.database.outbound import Reply, record_sent
from supportbot.common.database.people_there import PeopleThere
from supportbot.common.database.staff import SentReply, reply_by_key
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId
from supportbot.common.web.quotes import quotes_found
from supportbot.gateway.domain.buttons import CHOICES, NUMBERED, OF_A_REPLY, Press, read_press
from supportbot.gateway.domain.followups import ButtonNoted
from supportbot.gateway.domain.sources import cited_places
from supportbot.gateway.domain.updates import ButtonPressed
from supportbot.gateway.use_cases.answer_command import Desk, choose


def asks_for_person(update: ButtonPressed) -> bool:
    """Whether the button is the one that calls a person."""
    pressed = read_press(update.data)
    return pressed is not None and pressed.action == "person"


def costs_something(update: ButtonPressed) -> bool:
    """Whether a press makes work or messages; votes do not."""
    pressed = read_press(update.data)
    return pressed is not None and (pressed.action in {"person", "source"} or pressed.action in CHOICES)


async def press_button(
    tx: Transaction, bot: BotId, desk: Desk, update: ButtonPressed, digest: str, *, wait_s: float = 0.0
) -> ButtonNoted:
    """Do what was chosen in a menu, or store what was pressed, if the button belongs to a reply in this very chat.

    `wait_s`: how long a wish for a person has to wait, because there were too many.
    """
    pressed = read_press(update.data)
    if pressed is not None and pressed.action not in OF_A_REPLY | NUMBERED.keys():
        return await choose(tx, bot, desk, update, digest, press=pressed)
    reply = await reply_by_key(tx.connection, bot=bot, chat=update.chat, reply_key=pressed.value) if pressed else None
    if pressed is None or reply is None or reply.conversation_id is None or reply.author != "machine":
        await remember_update(tx, bot, str(update.update_id), digest)
        return ButtonNoted(update.query_id, translate("telegram.button_gone", update.language))
    press = _Pressed(tx, bot, update, people=desk.people, reply=reply, digest=digest)
    if pressed.action == "person":
        noted = await press.call_person(wait_s)
    elif pressed.action == "rate":
        noted = await press.rate(pressed.number)
    elif pressed.action == "source":
        noted = await press.open_source(pressed.number)
    else:
        noted = await press.vote(pressed)
    if reply.status == "uncertain":
        await record_sent(tx, reply.reply_key, update.message_id)  # who can press its button has it
    return noted


class _Pressed:
    """A press on a button below one of the machine's replies in the presser's chat."""

    def __init__(
        self,
        tx: Transaction,
        bot: BotId,
        update: ButtonPressed,
        *,
        people: PeopleThere,
        reply: SentReply,
        digest: str,
    ) -> None:
        assert reply.conversation_id is not None
        self._tx = tx
        self._bot = bot
        self._people = people
        self._update = update
        self._reply = reply
        self._conversation_id = reply.conversation_id
        self._digest = digest

    async def call_person(self, wait_s: float) -> ButtonNoted:
        await receive_message(self._tx, _wish(self._bot, self._update, self._digest, wait_s))
        return self._noted("telegram.person_called" if self._people.answer else "telegram.contacts_follow")

    async def vote(self, press: Press) -> ButtonNoted:
        vote: Literal[1, -1] = 1 if press.action == "up" else -1
        reason = REASONS[press.number - 1] if press.action == "why" else None
        rated = whole_reply(self._reply.reply_key)
        await self._remember()
        await record_vote(self._tx, self._conversation_id, reply_key=rated, vote=vote, reason=reason)
        given = FeedbackGiven(
            correlation_id=self._conversation_id,
            conversation_id=self._conversation_id,
            reply_key=rated,
            vote=vote,
            reason=reason or "",
        )
        await self._tx.emit(given)
        asks_why = press.action == "down"
        return replace(
            self._noted("telegram.why" if asks_why else "telegram.thanks_for_vote"),
            chat=self._update.chat,
            message_id=self._update.message_id,
            vote=vote,
            reply_key=self._reply.reply_key,
            language=self._update.language,
            sources=len(cited_places(self._reply.details)),
            asks_why=asks_why,
            offer=self._people.offer,
        )

    async def open_source(self, number: int) -> ButtonNoted:
        """Queue the passage once; whoever presses again finds it in the chat."""
        await self._remember()
        places = cited_places(self._reply.details)
        if not 1 <= number <= len(places):
            return self._noted("telegram.button_gone")
        place = places[number - 1]
        passages = await passages_of_reply(self._tx.connection, self._conversation_id, self._reply.turn_to)
        texts = [str(passage.get("text", "")) for passage in passages if passage.get("document") == place.document]
        text = max(texts, key=lambda text: quotes_found(text, place.quotes), default="") or "\n\n".join(place.quotes)
        details = {
            "kind": "passage",
            "language": self._update.language,
            "title": place.named(self._update.language),
            "url": place.url,
            "quotes": place.quotes,
            "answers": self._update.message_id,
        }
        stem = whole_reply(self._reply.reply_key).removesuffix(":0")
        queued = await queue_beside(
            self._tx, self._conversation_id, key=f"{stem}.{number}:0", reply=Reply(text, "machine", details=details)
        )
        return replace(self._noted("telegram.source_opened" if queued else "telegram.source_is_open"), queued=queued)

    async def rate(self, stars: int) -> ButtonNoted:
        """Store how the conversation was; only the word that it was closed asks for that."""
        await self._remember()
        if self._reply.details.get("kind") != "closed":
            return self._noted("telegram.button_gone")
        await record_rating(self._tx, self._conversation_id, reply_key=self._reply.reply_key, stars=stars)
        return self._noted("telegram.thanks_for_rating")

    async def _remember(self) -> None:
        await remember_update(self._tx, self._bot, str(self._update.update_id), self._digest)

    def _noted(self, key: str) -> ButtonNoted:
        return ButtonNoted(self._update.query_id, translate(key, self._update.language))


def _wish(bot: BotId, update: ButtonPressed, digest: str, wait_s: float) -> IncomingMessage:
    return IncomingMessage(
        channel="telegram",
        bot=bot,
        chat=update.chat,
        update_source=bot,
        update_id=str(update.update_id),
        body_hash=digest,
        text="",
        kind="person",
        user_name=update.user_name,
        language=update.language,
        burst_s=wait_s,
    )


def whole_reply(reply_key: str) -> str:
    """The key of a reply's first part: votes are on the whole, wherever its buttons stand."""
    conversation, _, rest = reply_key.partition(":")
    return f"{conversation}:{rest.split(':')[0]}:0"
