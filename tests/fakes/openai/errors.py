"""Refusals in the words of the OpenAI API, and of Azure in front of it."""

from typing import Any

INVALID = "invalid_request_error"


class ApiError(Exception):
    """One refused call: becomes the error object of the API."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = INVALID,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind, "param": param, "code": code}
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The JSON object a client sees."""
        return {"error": self.error}


class AzureError(ApiError):
    """Azure's gateway answers in its own, shorter form."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, message)
        self.error = {"code": code, "message": message}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(400, message, code=code, param=param)


def unknown_parameter(name: str) -> ApiError:
    return invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def missing_parameter(name: str) -> ApiError:
    return invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def wrong_type(name: str, expected: str, value: Any) -> ApiError:
    found = f"Invalid type for '{name}': expected {expected}, but got {_described(value)} instead."
    return invalid(found, name, "invalid_type")


def model_not_found(model: str) -> ApiError:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found")


def rate_limited(model: str, retry_after: float) -> ApiError:
    message = (
        f"Rate limit reached for {model} in organization org-fake on requests per min (RPM): Limit 3, Used 3, "
        f"Requested 1. Please try again in {retry_after:g}s."
    )
    headers = {
        "retry-after": f"{retry_after:g}",
        "retry-after-ms": str(int(retry_after * 1000)),
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": f"{retry_after:g}s",
    }
    return ApiError(429, message, code="rate_limit_exceeded", kind="requests", headers=headers)


def quota_used_up() -> ApiError:
    message = "You exceeded your current quota, please check your plan and billing details."
    return ApiError(429, message, code="insufficient_quota", kind="insufficient_quota")


def server_error(status: int) -> ApiError:
    messages = {
        500: "The server had an error while processing your request. Sorry about that!",
        503: "The engine is currently overloaded, please try again later",
    }
    return ApiError(status, messages.get(status, "Upstream error"), kind="server_error")


def _described(value: Any) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string", dict: "an object"}
    return "null" if value is None else names.get(type(value), "an array")
