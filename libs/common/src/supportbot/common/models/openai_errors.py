"""The OpenAI client's exceptions as ours. Server texts are left out: they repeat keys and prompts."""

import re
from email.utils import parsedate_to_datetime
from typing import Any, Final

import openai

from supportbot.common.models.errors import (
    ModelAccessError,
    ModelError,
    ModelOutageError,
    ModelOutputError,
    ModelQuotaError,
    ModelRequestError,
    ModelTimeoutError,
)
from supportbot.common.models.gate import RATE_LIMITED

_QUOTA: Final = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded", "access_terminated"}
)
_FILTERED: Final = frozenset({"content_filter", "content_policy_violation", "responsibleaipolicyviolation"})
_PAYMENT_REQUIRED: Final = 402
_TOO_MANY: Final = 429
_NOT_ALLOWED: Final = frozenset({401, 403, 404})
_WORTH_REPEATING: Final = frozenset({408, 409, 425})
_SERVER: Final = 500
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def translate(error: openai.OpenAIError) -> ModelError:
    """What an exception of the client means for the question."""
    if isinstance(error, openai.APITimeoutError):
        if type(error.__cause__).__name__ in ("ConnectTimeout", "PoolTimeout"):
            return ModelOutageError("The model API could not be reached in time", cause="unreachable")
        return ModelTimeoutError("The model API did not answer in time", cause="timeout")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if isinstance(error, openai.APIConnectionError):
        return ModelOutageError("The connection to the model API failed", cause="unreachable")
    return ModelOutputError(f"The model API's answer cannot be read ({type(error).__name__})", cause="malformed")


def _of_status(error: openai.APIStatusError) -> ModelError:
    status, code = error.status_code, _code(error)
    said = f"The model API answered {status}" + (f" ({code})" if code else "")
    if status == _PAYMENT_REQUIRED or code in _QUOTA:
        return ModelQuotaError(f"{said}: its quota is used up; check the plan and billing", cause="quota")
    if status == _TOO_MANY:
        return ModelOutageError(
            f"{said}: too many requests", cause=RATE_LIMITED, retry_after_s=_retry_after(error.response.headers)
        )
    if status in _NOT_ALLOWED:
        return ModelAccessError(
            f"{said}; check OPENAI_API_KEY, OPENAI_API_BASE and the model names", cause="not_allowed"
        )
    if status >= _SERVER or status in _WORTH_REPEATING:
        retry_after = _retry_after(error.response.headers)
        return ModelOutageError(f"{said}: it fails", cause="failing", retry_after_s=retry_after)
    if code.casefold() in _FILTERED:
        return ModelOutputError(f"{said}: it refused", cause="refused")
    return ModelRequestError(f"{said}: it does not take this request", cause=code or "rejected")


def _code(error: openai.APIStatusError) -> str:
    """The server's short code, where it looks like one."""
    for found in (error.code, error.type):
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
    return ""


def _retry_after(headers: Any) -> float | None:
    """Seconds from Retry-After, given in milliseconds, seconds or as a date; None where absent or absurd."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        sent = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (moment - sent).total_seconds())
    except (ValueError, TypeError):
        return None
