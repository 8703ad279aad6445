"""What errors of the Bot API and of the network mean."""

from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from supportbot.common.telemetry.logging import hide_secrets
from supportbot.gateway.domain.delivery import (
    DraftFate,
    DraftRefused,
    DraftTooSoon,
    Failed,
    Moved,
    NoTopic,
    NotSent,
    Outcome,
    Unauthorised,
    Uncertain,
    Unparsable,
)
from supportbot.gateway.ports import FileRefusedError, PollingConflictError, TelegramError, TokenRefusedError

ERROR_CHARACTERS = 500
NO_DRAFTS_S = 60.0
NO_ANSWER_S = 2.0
_GONE = ("chat not found", "deactivated", "user not found", "peer_id_invalid", "bot was kicked", "have no rights")
_NO_TOPIC = ("message thread not found", "topic_deleted", "topic_id_invalid")
_CLOSED_TOPIC = "topic_closed"
_NO_PHOTO = ("photo_", "image_process_failed")
_UNPARSABLE = ("can't parse entities", "can't find end of", "unsupported start tag", "unexpected end tag")


def outcome_of(error: AiogramError) -> Outcome:
    """What an error says about a message that was to be sent. What is not known to be a refusal is uncertain."""
    text = text_of(error)
    match error:
        case TelegramEntityTooLarge():
            return Failed(text)
        case TelegramNetworkError() if _never_went_out(error):
            return NotSent(text)
        case TelegramNetworkError() | TelegramServerError():
            return Uncertain(text)
        case TelegramAPIError():
            return _refusal(error, text)
        case _:
            return Uncertain(text)


def file_outcome_of(error: AiogramError) -> Outcome:
    """The same for a file: what will not do as a photo may do as a document."""
    outcome = outcome_of(error)
    is_refused = isinstance(outcome, Failed) and any(part in outcome.error.lower() for part in _NO_PHOTO)
    return Unparsable(outcome.error) if is_refused else outcome  # type: ignore[union-attr]  # of a failure


def error_of(error: AiogramError) -> TelegramError:
    """The same for any other call."""
    text = text_of(error)
    match error:
        case TelegramRetryAfter():
            return TelegramError(text, float(error.retry_after))
        case TelegramUnauthorizedError() | TelegramNotFound():
            return TokenRefusedError(text)
        case TelegramConflictError():
            return PollingConflictError(text)
        case _:
            return TelegramError(text)


def file_error_of(error: AiogramError) -> TelegramError:
    """The same for a file: what Telegram refuses to give, it refuses for good."""
    if not isinstance(error, TelegramBadRequest):
        return error_of(error)
    text = text_of(error)
    return FileRefusedError(text, "too_large" if "too big" in text.lower() else "gone")


def draft_fate_of(error: AiogramError) -> DraftFate:
    """The same for a draft: it is not worth a second try, only another draft is."""
    text = text_of(error)
    match error:
        case TelegramRetryAfter():
            return DraftTooSoon(float(error.retry_after), text)
        case TelegramUnauthorizedError() | TelegramNotFound():  # or a Bot API server that is too old to have drafts
            return DraftTooSoon(NO_DRAFTS_S, text)
        case TelegramBadRequest() | TelegramForbiddenError():
            return DraftRefused(text)
        case _:
            return DraftTooSoon(NO_ANSWER_S, text)


def text_of(error: AiogramError) -> str:
    """An error in Telegram's words, without secrets."""
    described = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
    return hide_secrets(described)[:ERROR_CHARACTERS]


def _refusal(error: TelegramAPIError, text: str) -> Outcome:
    """Telegram looked at the request and did not do it."""
    match error:
        case TelegramRetryAfter():
            return NotSent(text, float(error.retry_after), float(error.retry_after))
        case TelegramMigrateToChat():
            return Moved(error.migrate_to_chat_id)
        case TelegramForbiddenError():
            return Failed(text, unreachable=True)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Unauthorised(text)
        case TelegramBadRequest():
            return _bad_request(text)
        case _:
            return NotSent(text, pause_s=1.0) if "too many requests" in text.lower() else Failed(text)


def _bad_request(text: str) -> Outcome:
    lower = text.lower()
    if any(part in lower for part in _UNPARSABLE):
        return Unparsable(text)
    if _CLOSED_TOPIC in lower or any(part in lower for part in _NO_TOPIC):
        return NoTopic(text, gone=_CLOSED_TOPIC not in lower)
    return Failed(text, unreachable=any(part in lower for part in _GONE))


def _never_went_out(error: TelegramNetworkError) -> bool:
    """Whether no connection came about: refused, unknown host, or no answer to the handshake."""
    return isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
