"""Do what a person tells us to by a command, or by choosing from a menu: nothing of it is a question."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row

from supportbot.common.database.conversations import begin_anew
from supportbot.common.database.incoming import IncomingMessage, meet
from supportbot.common.database.outbound import Reply, queue_farewell, queue_reply
from supportbot.common.database.people import choose_language
from supportbot.common.database.people_there import PeopleThere
from supportbot.common.database.personal_data import erase_person, personal_data
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import LANGUAGES, keys, spoken_language, translate
from supportbot.common.ids import BotId, ConversationId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import Press, offered
from supportbot.gateway.domain.commands import MENU, PRIVATE
from supportbot.gateway.domain.followups import ButtonNoted, ReplyQueued
from supportbot.gateway.domain.updates import ButtonPressed, UserMessage

STARTERS_SHOWN: Final = 3
MOST_FILE_BYTES: Final = 45_000_000
"""Telegram takes files of 50 MB from bots."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What greets somebody new, by language: questions that they may tap, the company's name; and who is there.

    `staff_language`: in which the staff of its groups read; empty: each in their own.
    """

    starters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    company: str = ""
    default_company: Mapping[str, str] = field(default_factory=dict)
    people: PeopleThere = field(default_factory=PeopleThere)
    staff_language: str = ""

    def company_in(self, language: str) -> str:
        """The company's name, or who else answers here."""
        return self.company or self.default_company.get(language) or translate("chat.support", language)


async def answer_command(tx: Transaction, bot: BotId, desk: Desk, update: UserMessage, digest: str) -> ReplyQueued:
    """Do what a message tells us to, and queue what there is to say about it.

    Raises:
        DuplicateUpdateError: it was done before; roll back.
    """
    return await _Doing(tx, bot, desk, update, digest).do(update.command)


async def choose(
    tx: Transaction, bot: BotId, desk: Desk, update: ButtonPressed, digest: str, *, press: Press
) -> ButtonNoted:
    """Do what was chosen in a menu; only for whoever may, whatever data came with the press."""
    doing = _Doing(tx, bot, desk, update, digest)
    if press.action == "language":
        await doing.choose_language(press.value)
    elif press.action == "menu":
        await doing.do(MENU[press.value])
    elif press.value == "yes":
        await doing.erase()
    else:
        await doing.say("telegram.erase_kept")
    return ButtonNoted(update.query_id, "", queued=True)


class _Doing:
    """One update at work; its first statement takes the conversation's row, which is the lock."""

    def __init__(
        self, tx: Transaction, bot: BotId, desk: Desk, update: UserMessage | ButtonPressed, digest: str
    ) -> None:
        self._tx = tx
        self._bot = bot
        self._desk = desk
        self._update = update
        self._digest = digest
        self._language = update.language

    @property
    def _is_private(self) -> bool:
        """Whether this is the chat of whoever wrote, and of nobody else."""
        return self._update.sender_id is not None and Address.read(self._update.chat).chat_id == self._update.sender_id

    async def do(self, command: str) -> ReplyQueued:
        if command in PRIVATE and not self._is_private:
            await self.say("telegram.only_in_private")
        elif command == "start":
            await self._greet()
        elif command == "new":
            row = await self.say("telegram.begun_anew")
            await begin_anew(self._tx, ConversationId(row.id))
        elif command == "export_my_data":
            await self._export()
        elif command == "unknown_command":
            explained = self._fitting("telegram.help")
            await self.say(
                "telegram.unknown_command", kind="help", more=lambda language: translate(explained, language)
            )
        elif command == "delete_my_data":
            await self.say("telegram.erase_question", kind="erase")
        else:
            people, key = self._desk.people, self._fitting(f"telegram.{command}")
            shows = command == "help" and people.offer == "contacts"  # and so needs no button that does
            await self.say(key, kind="word" if shows else command, more=people.where if shows else None)
        return ReplyQueued()

    async def choose_language(self, language: str) -> None:
        self._language = language
        await self.say("telegram.language_chosen", kind="language_chosen")
        if self._update.sender_id is not None:
            await choose_language(self._tx, self._bot, self._update.sender_id, language, self._update.chat)

    async def erase(self) -> None:
        """Delete everything about whoever pressed, in their own chat."""
        person = self._update.sender_id
        if person is None or not self._is_private:
            await self.say("telegram.only_in_private")
            return
        await remember_update(self._tx, self._bot, str(self._update.update_id), self._digest)
        await erase_person(self._tx, self._bot, person)
        await self._part("erased", Reply(self._text("telegram.erased"), "machine", details=self._details("word")))

    async def say(
        self, key: str, *, kind: str = "word", more: Callable[[str], str] | None = None, **details: Any
    ) -> Row[Any]:
        """Queue one of our texts, and what there is `more` to say in its language. Returns the conversation."""
        row = await meet(self._tx, self._incoming())
        if self._language not in LANGUAGES:
            self._language = spoken_language(row.language)
        text = self._text(key, company=self._desk.company_in(self._language))
        text = "\n\n".join(filter(None, (text, more and more(self._language))))
        await queue_reply(self._tx, row, Reply(text, "machine", details={**self._details(kind), **details}))
        return row

    async def _greet(self) -> None:
        language = spoken_language(self._update.language)
        starters = list(self._desk.starters.get(language, ()))[:STARTERS_SHOWN]
        instead = offered(self._desk.people.offer, language)
        taps = [*starters, *([instead] if instead else [])] if self._is_private else []
        key = "telegram.start_questions" if starters and taps else "telegram.start"
        await self.say(self._fitting(key), kind="greeting", taps=taps)

    def _fitting(self, key: str) -> str:
        """The text that promises nobody a person who is not there."""
        alone = f"{key}_without_people"
        return alone if not self._desk.people.answer and alone in keys(LANGUAGES[0]) else key

    async def _export(self) -> None:
        person = self._update.sender_id
        assert person is not None
        await self.say("telegram.export_my_data")
        found = await personal_data(self._tx.connection, self._bot, person)
        text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
        if len(text.encode()) > MOST_FILE_BYTES:
            await self._part(
                "export", Reply(self._text("telegram.export_too_large"), "machine", details=self._details("word"))
            )
            return
        details = {**self._details("export"), "file": f"my-data-{person}.json"}
        await self._part("export", Reply(text, "machine", details=details))

    async def _part(self, what: str, reply: Reply) -> None:
        """Queue something that is not kept."""
        key = f"{what}:{self._bot}:{self._update.update_id}:0"
        await queue_farewell(self._tx, key=key, bot=self._bot, chat=self._update.chat, reply=reply)

    def _text(self, key: str, **values: Any) -> str:
        return translate(key, self._language, **values)

    def _details(self, kind: str) -> dict[str, Any]:
        return {"kind": kind, "language": self._language}

    def _incoming(self) -> IncomingMessage:
        update = self._update
        return IncomingMessage(
            channel="telegram",
            bot=self._bot,
            chat=update.chat,
            update_source=self._bot,
            update_id=str(update.update_id),
            body_hash=self._digest,
            text="",
            user_name=update.user_name,
            language=self._language,
        )
