"""The Bot API through aiogram. Importing this module costs about 130 MB and 3 s: import it where a token is set."""

import contextlib
from typing import Any, ClassVar

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteWebhook, GetUpdates, GetWebhookInfo, SendMessage, SetWebhook
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReactionTypeEmoji
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from supportbot.common.telemetry.logging import hide_secrets, logger
from supportbot.gateway.adapters.telegram_session import TelegramSession
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import ButtonRows, buttons_after_vote
from supportbot.gateway.domain.delivery import (
    Failed,
    Moved,
    NotSent,
    Outcome,
    Sent,
    Unauthorised,
    Uncertain,
    Unparsable,
)
from supportbot.gateway.domain.followups import ButtonNoted, FollowUp
from supportbot.gateway.domain.messages import TelegramMessage
from supportbot.gateway.domain.update_bytes import RawUpdate, from_value, unreadable
from supportbot.gateway.domain.updates import UnreadableUpdateError
from supportbot.gateway.ports import Messenger, PollingConflictError, TelegramError, TokenRefusedError, UpdateSource
from supportbot.gateway.settings import BotAccount

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_S = 25
BATCH = 100
_GONE = ("chat not found", "user is deactivated", "user not found", "peer_id_invalid", "bot was kicked", "have no rights")
_UNPARSABLE = ("can't parse entities", "can't find end of", "unsupported start tag", "unexpected end tag")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_log = logger(__name__)


class _SendMessage(SendMessage):
    """Its result stays a plain object: a model of all that a message can be costs memory, and could refuse something."""

    __returning__: ClassVar[Any] = dict[str, Any]


class _GetUpdates(GetUpdates):
    """Its result stays as it is: one update that aiogram cannot read must not hide the others."""

    __returning__: ClassVar[Any] = list[Any]


class _GetWebhookInfo(GetWebhookInfo):
    __returning__: ClassVar[Any] = dict[str, Any]


class TelegramBot(Messenger, UpdateSource):
    """One bot's access to the Bot API."""

    def __init__(self, account: BotAccount, api_base: str) -> None:
        self._bot = Bot(account.token.get_secret_value(), session=TelegramSession(api_base))

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.session.close()

    async def send(self, address: Address, message: TelegramMessage, *, formatted: bool) -> Outcome:
        method = _SendMessage(
            chat_id=address.chat_id,
            message_thread_id=address.topic,
            text=message.html if formatted else message.plain,
            parse_mode="HTML" if formatted else None,
            link_preview_options=_NO_PREVIEW,
            reply_markup=_keyboard(message.buttons),
        )
        try:
            result: Any = await self._bot(method)
        except AiogramError as error:
            return _outcome(error)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(message_id, int):
            return Uncertain("Telegram's reply has no message_id")
        return Sent(message_id)

    async def follow_up(self, followup: FollowUp) -> None:
        try:
            if isinstance(followup, ButtonNoted):
                await self._answer_button(followup)
            else:
                seen = ReactionTypeEmoji(emoji="👌")
                await self._bot.set_message_reaction(_chat(followup.chat), followup.message_id, [seen])
        except AiogramError as error:
            _log.info("A press or reply was stored but not acknowledged in the chat", error=_text(error))

    async def show_typing(self, address: Address) -> None:
        with contextlib.suppress(AiogramError):
            await self._bot.send_chat_action(address.chat_id, "typing", message_thread_id=address.topic)

    async def fetch(self, offset: int | None) -> list[RawUpdate]:
        try:
            return [_raw(value) for value in await self._get_updates(offset, BATCH)]
        except ClientDecodeError:
            return await self._fetch_alone(offset)

    async def delete_webhook(self) -> None:
        await self._call(DeleteWebhook(drop_pending_updates=False))

    async def set_webhook(self, url: str, secret: str) -> None:
        await self._call(
            SetWebhook(url=url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False)
        )

    async def webhook_address(self) -> tuple[str, str]:
        info = await self._call(_GetWebhookInfo())
        fields = info if isinstance(info, dict) else {}
        return str(fields.get("url") or ""), str(fields.get("last_error_message") or "")

    async def _fetch_alone(self, offset: int | None) -> list[RawUpdate]:
        """One update, because among many there is one that is not JSON."""
        try:
            return [_raw(value) for value in await self._get_updates(offset, 1)]
        except ClientDecodeError as error:
            body = error.data if isinstance(error.data, str) else repr(error.data)
            return [unreadable(body.encode(errors="replace"), "it is not JSON, or nested too deeply")]

    async def _get_updates(self, offset: int | None, limit: int) -> list[Any]:
        method = _GetUpdates(offset=offset, limit=limit, timeout=POLL_S, allowed_updates=ALLOWED_UPDATES)
        result: Any = await self._call(method, timeout=POLL_S + 10)
        return list(result or ())

    async def _call(self, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109  # of one request
        try:
            return await self._bot(method, request_timeout=timeout)
        except ClientDecodeError:
            raise
        except AiogramError as error:
            raise _error(error) from error

    async def _answer_button(self, noted: ButtonNoted) -> None:
        await self._bot.answer_callback_query(noted.query_id, text=noted.text)
        if noted.vote:
            rows = buttons_after_vote(noted.reply_key, noted.language, noted.vote)
            await self._bot.edit_message_reply_markup(
                chat_id=_chat(noted.chat), message_id=noted.message_id, reply_markup=_keyboard(rows)
            )


def _raw(value: Any) -> RawUpdate:
    try:
        return from_value(value)
    except UnreadableUpdateError as error:
        update_id = value.get("update_id") if isinstance(value, dict) else None
        return unreadable(f'{{"update_id":{update_id!r}}}'.encode(), error.reason)


def _chat(address: str) -> int:
    return Address.read(address).chat_id


def _keyboard(rows: ButtonRows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    keys = [[InlineKeyboardButton(text=button.text, callback_data=button.data) for button in row] for row in rows]
    return InlineKeyboardMarkup(inline_keyboard=keys)


def _outcome(error: AiogramError) -> Outcome:
    """What an error says about a message. What is not known to be a refusal is uncertain."""
    text = _text(error)
    lower = text.lower()
    match error:
        case TelegramRetryAfter():
            return NotSent(text, float(error.retry_after), float(error.retry_after))
        case TelegramMigrateToChat():
            return Moved(error.migrate_to_chat_id)
        case TelegramNetworkError():
            return NotSent(text) if never_went_out(error) else Uncertain(text)
        case TelegramServerError() | ClientDecodeError():
            return Uncertain(text)
        case TelegramForbiddenError():
            return Failed(text, unreachable=True)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Unauthorised(text)
        case TelegramBadRequest() if any(part in lower for part in _UNPARSABLE):
            return Unparsable(text)
        case TelegramBadRequest():
            return Failed(text, unreachable=any(part in lower for part in _GONE))
        case TelegramAPIError() if "too many requests" in lower:
            return NotSent(text, pause_s=1.0)
        case _:
            return Failed(text) if isinstance(error, TelegramAPIError) else Uncertain(text)


def never_went_out(error: TelegramNetworkError) -> bool:
    """Whether no connection came about: refused, unknown host, or no answer to the handshake."""
    return isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)


def _error(error: AiogramError) -> TelegramError:
    text = _text(error)
    match error:
        case TelegramRetryAfter():
            return TelegramError(text, float(error.retry_after))
        case TelegramUnauthorizedError() | TelegramNotFound():
            return TokenRefusedError(text)
        case TelegramConflictError():
            return PollingConflictError(text)
        case _:
            return TelegramError(text)


def _text(error: AiogramError) -> str:
    described = error.message if isinstance(error, TelegramAPIError) else str(type(error).__name__)
    return hide_secrets(described)[:500]
