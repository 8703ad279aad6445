"""The Bot API through aiogram. To be imported after `load_aiogram`, where a token is set: aiogram costs memory."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError, ClientDecodeError, TelegramBadRequest
from aiogram.types import BotCommand, BotCommandScopeChat, ReactionTypeEmoji

from supportbot.common.database.outbound import REQUEST_TIMEOUT_S
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.files.port import FileDamagedError, FileMissingError, Files, FilesUnavailableError
from supportbot.common.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from supportbot.common.plain_text import clean_text
from supportbot.common.telemetry.logging import hide_secrets, logger
from supportbot.gateway.adapters.telegram_errors import (
    ERROR_CHARACTERS,
    draft_fate_of,
    error_of,
    file_error_of,
    file_outcome_of,
    outcome_of,
    text_of,
)
from supportbot.gateway.adapters.telegram_files import TelegramFiles, begun
from supportbot.gateway.adapters.telegram_methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageReplyMarkup,
    GetFile,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SendChatAction,
    SetMessageReaction,
    SetMyCommands,
    SetWebhook,
)
from supportbot.gateway.adapters.telegram_requests import draft_request, file_request, keyboard, request_for
from supportbot.gateway.adapters.telegram_session import TelegramSession
from supportbot.gateway.domain.acts import (
    DONE_BEFORE,
    REPEATABLE,
    Act,
    DeleteMessage,
    EditCaption,
    EditMessage,
    MakeTopic,
    SendStored,
)
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import Offer, buttons_after_vote, offered
from supportbot.gateway.domain.commands import SHOWN, WITHOUT_PEOPLE
from supportbot.gateway.domain.delivery import DraftFate, DraftShown, Failed, NoTopic, NotSent, Outcome, Sent, Uncertain
from supportbot.gateway.domain.followups import ButtonNoted, FollowUp, ReplyPassedOn
from supportbot.gateway.domain.staff_commands import ADMIN_COMMANDS, STAFF_COMMANDS
from supportbot.gateway.domain.update_bytes import RawUpdate, from_value, unreadable
from supportbot.gateway.domain.update_reading import READ
from supportbot.gateway.domain.updates import UnreadableUpdateError
from supportbot.gateway.domain.webhook_evidence import WebhookReport
from supportbot.gateway.ports import (
    DraftMessenger,
    Messenger,
    Recordings,
    SentFiles,
    TelegramError,
    UpdateSource,
    WebhookRefusedError,
)
from supportbot.gateway.settings import BotAccount

POLL_S = 25
BATCH = 100
DRAFT_TIMEOUT_S = 3
SENT_FILE_TIMEOUT_S = 20
UPLOAD_TIMEOUT_S = 60
"""Longer than a sender is waited out: who hangs meanwhile may be overtaken by the labelled repeat, and nothing else."""
_NOT_JSON = "it is not JSON, or nested too deeply"
_log = logger(__name__)


class TelegramBot(Messenger, DraftMessenger, Recordings, SentFiles, UpdateSource):
    """One bot's access to the Bot API."""

    def __init__(
        self,
        account: BotAccount,
        api_base: str,
        files: Path | None = None,
        contents: Files | None = None,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:
        self._bot = Bot(account.token.get_secret_value(), session=TelegramSession(api_base, timeout_s))
        self._files = TelegramFiles(self._bot, files)
        self._contents = contents

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.session.close()

    async def send(self, address: Address, act: Act, *, formatted: bool) -> Outcome:
        if isinstance(act, SendStored):
            return await self._send_stored(address, act, formatted=formatted)
        try:
            result: Any = await self._bot(request_for(address, act, formatted=formatted))
        except AiogramError as error:
            return _outcome_of(error, act)
        if isinstance(act, REPEATABLE):
            return Sent(_changed_by(act))
        return _made(result, act)

    async def _send_stored(self, address: Address, act: SendStored, *, formatted: bool) -> Outcome:
        """Nothing goes out before its content begins."""
        if self._contents is None:
            return Failed("this process keeps no contents of files")
        try:
            content = await begun(self._contents.read(act.digest))
        except (FileMissingError, FileDamagedError) as error:
            return Failed(str(error))
        except (FilesUnavailableError, DatabaseUnavailableError) as error:
            return NotSent(str(error))
        request = file_request(address, act, content, formatted=formatted)
        try:
            result: Any = await self._bot(request, request_timeout=UPLOAD_TIMEOUT_S)
        except AiogramError as error:
            return file_outcome_of(error)
        return _made(result, act)

    async def follow_up(self, followup: FollowUp) -> None:
        try:
            if isinstance(followup, ButtonNoted):
                await self._answer_button(followup)
            elif isinstance(followup, ReplyPassedOn):
                seen = ReactionTypeEmoji(emoji="👌")
                chat, message_id = _chat(followup.chat), followup.message_id
                await self._bot(SetMessageReaction(chat_id=chat, message_id=message_id, reaction=[seen]))
        except AiogramError as error:
            _log.info("A press or reply was stored but not acknowledged in the chat", error=text_of(error))

    async def show_typing(self, address: Address) -> None:
        with contextlib.suppress(AiogramError):
            await self._bot(SendChatAction(chat_id=address.chat_id, message_thread_id=address.topic, action="typing"))

    async def show_draft(self, address: Address, draft_id: int, text: str) -> DraftFate:
        try:
            await self._bot(draft_request(address, draft_id, text), request_timeout=DRAFT_TIMEOUT_S)
        except AiogramError as error:
            return draft_fate_of(error)
        return DraftShown()

    async def recording(self, file_id: str) -> bytes:
        return await self._files.content(await self._place_of(file_id))

    async def sent_file(self, file_id: str) -> AsyncIterator[bytes]:
        async for piece in self._files.pieces(await self._place_of(file_id), SENT_FILE_TIMEOUT_S):
            yield piece

    async def _place_of(self, file_id: str) -> str:
        try:
            found: Any = await self._bot(GetFile(file_id=file_id))
        except AiogramError as error:
            raise file_error_of(error) from None
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str):
            raise TelegramError("Telegram does not say where the file is")
        return path

    async def username(self) -> str:
        """The bot's name, by which people call it in groups.

        Raises:
            TelegramError: it is not known now.
        """
        found = await self._call(GetMe())
        return str(found.get("username") or "") if isinstance(found, dict) else ""

    async def show_commands(
        self, admins: Sequence[int] = (), staff_groups: Sequence[int] = (), offer: Offer = "person"
    ) -> None:
        """Have the menus of commands shown, in each of our languages; English for all others."""
        shown = SHOWN if offer else WITHOUT_PEOPLE
        await self._show_commands(None, shown, offer)
        for admin in admins:
            await self._show_commands(BotCommandScopeChat(chat_id=admin), (*shown, *ADMIN_COMMANDS), offer)
        for staff_group in staff_groups:
            await self._show_commands(BotCommandScopeChat(chat_id=staff_group), sorted(STAFF_COMMANDS), offer)

    async def _show_commands(self, scope: BotCommandScopeChat | None, names: Sequence[str], offer: Offer) -> None:
        """A chat that never wrote to the bot cannot be shown any; it is at the next start."""
        for language in LANGUAGES:
            said = {"human": offered(offer, language)}
            commands = [
                BotCommand(command=name, description=said.get(name) or translate(f"telegram.command_{name}", language))
                for name in names
            ]
            code = None if language == DEFAULT_LANGUAGE else language
            with contextlib.suppress(AiogramError):
                await self._bot(SetMyCommands(commands=commands, language_code=code, scope=scope))

    async def fetch(self, offset: int | None) -> list[RawUpdate]:
        try:
            return [_raw(value) for value in await self._get_updates(offset, BATCH)]
        except ClientDecodeError as error:
            batch = unreadable(_content(error), _NOT_JSON, is_batch=True)
            return [*await self._fetch_alone(offset), batch]

    async def confirm(self, offset: int) -> None:
        with contextlib.suppress(ClientDecodeError):  # whatever it is that comes, it is left there
            await self._get_updates(offset, 1, wait_s=0)

    async def delete_webhook(self) -> None:
        await self._call(DeleteWebhook(drop_pending_updates=False))

    async def set_webhook(self, url: str, secret: str) -> None:
        method = SetWebhook(url=url, secret_token=secret, allowed_updates=list(READ), drop_pending_updates=False)
        try:
            await self._call(method)
        except TelegramError as error:
            if isinstance(error.__cause__, TelegramBadRequest):
                raise WebhookRefusedError(str(error)) from error
            raise

    async def webhook(self) -> WebhookReport:
        info = await self._call(GetWebhookInfo())
        fields = info if isinstance(info, dict) else {}
        return WebhookReport(
            str(fields.get("url") or ""),
            _number(fields.get("pending_update_count")),
            _number(fields.get("last_error_date")),
            hide_secrets(clean_text(str(fields.get("last_error_message") or "")))[:ERROR_CHARACTERS],
        )

    async def _fetch_alone(self, offset: int | None) -> list[RawUpdate]:
        """One update, because among many there is one that is not JSON."""
        try:
            return [_raw(value) for value in await self._get_updates(offset, 1, wait_s=0)]
        except ClientDecodeError as error:
            return [unreadable(_content(error), _NOT_JSON)]

    async def _get_updates(self, offset: int | None, limit: int, wait_s: int = POLL_S) -> list[Any]:
        method = GetUpdates(offset=offset, limit=limit, timeout=wait_s, allowed_updates=list(READ))
        result: Any = await self._call(method, timeout=wait_s + 10)
        return list(result or ())

    async def _call(self, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109  # of one request
        try:
            return await self._bot(method, request_timeout=timeout)
        except ClientDecodeError:
            raise
        except AiogramError as error:
            raise error_of(error) from error

    async def _answer_button(self, noted: ButtonNoted) -> None:
        await self._bot(AnswerCallbackQuery(callback_query_id=noted.query_id, text=noted.text or None))
        if noted.vote:
            rows = buttons_after_vote(
                noted.reply_key,
                noted.language,
                noted.vote,
                sources=noted.sources,
                asks_why=noted.asks_why,
                offer=noted.offer,
            )
            place = {"chat_id": _chat(noted.chat), "message_id": noted.message_id}
            await self._bot(EditMessageReplyMarkup(**place, reply_markup=keyboard(rows)))


def _made(result: Any, act: Act) -> Outcome:
    made = result if isinstance(result, list) else [result]  # of an album there are several
    name = "message_thread_id" if isinstance(act, MakeTopic) else "message_id"
    ids = [one[name] for one in made if isinstance(one, dict) and isinstance(one.get(name), int)]
    return Sent(ids[0], tuple(ids[1:])) if ids else Uncertain(f"Telegram's reply has no {name}")


def _outcome_of(error: AiogramError, act: Act) -> Outcome:
    outcome = outcome_of(error)
    if not isinstance(act, REPEATABLE):
        return outcome
    if isinstance(outcome, Failed | NoTopic) and any(words in outcome.error.lower() for words in DONE_BEFORE):
        return Sent(_changed_by(act))
    return NotSent(outcome.error) if isinstance(outcome, Uncertain) else outcome  # twice is as good as once


def _changed_by(act: Act) -> int:
    return act.message_id if isinstance(act, EditMessage | EditCaption | DeleteMessage) else 0


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _raw(value: Any) -> RawUpdate:
    try:
        return from_value(value)
    except UnreadableUpdateError as error:
        update_id = value.get("update_id") if isinstance(value, dict) else None
        return unreadable(f'{{"update_id":{update_id!r}}}'.encode(), error.reason)


def _content(error: ClientDecodeError) -> bytes:
    return str(error.data).encode(errors="replace")


def _chat(address: str) -> int:
    return Address.read(address).chat_id
