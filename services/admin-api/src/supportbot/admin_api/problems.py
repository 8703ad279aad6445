"""Errors of the REST API, as RFC 9457 has them: `application/problem+json`, in the language that the client reads."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.files.port import FilesUnavailableError
from supportbot.common.i18n import translate
from supportbot.common.web.language import reader_language

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
"""As RFC 9110 has them; Python's own change with its version."""


class ProblemBody(BaseModel):
    """What went wrong, and what to do."""

    type: str = Field("about:blank", description="Always about:blank: `code` tells problems apart")
    title: str = Field(description="The status in words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What happened and what to do, for a person")
    code: str = Field(description="The same for a program")


class Problem(Exception):  # noqa: N818  # it is what the client reads, not an error of ours
    """Why something was not done, as the catalogue's key `api.problem.<code>`."""

    def __init__(self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **values: Any) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.values = values


class ProblemRoute(APIRoute):
    """A route whose errors are all problems, whatever application it is part of."""

    def refuse(self, request: Request, problem: Problem) -> Response:
        """What whoever asked gets instead."""
        return problem_response(request, problem)

    def unreadable(self, error: RequestValidationError) -> Problem:
        """Which parameter is wrong; what was given is not repeated."""
        where = error.errors()[0]["loc"]
        return Problem(422, "invalid", name=str(where[-1]) if where else "")

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            given = await attempt(request)
            given.headers.update(getattr(request.state, "limits", {}))
            return given

        async def attempt(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return self.refuse(request, problem)
            except RequestValidationError as error:
                return self.refuse(request, self.unreadable(error))
            except (DatabaseUnavailableError, FilesUnavailableError):
                again = {"Retry-After": str(_RETRY_AFTER_S)}
                return self.refuse(request, Problem(503, "unavailable", headers=again))
            except ClientDisconnect:
                return self.refuse(request, Problem(400, "broken_off"))  # nobody reads it

        return answer


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Answers of a route, for its description."""
    described = {"model": ProblemBody, "content": {MEDIA_TYPE: {}}}
    return {status: {**described, "description": _TITLES[status]} for status in statuses}


def operation_of(route: APIRoute) -> str:
    """A route's name in the description, such as `documents_upload`."""
    noun = str(route.tags[0]).replace(" ", "_")
    return f"{noun}_{route.name}"


def problem_response(request: Request, problem: Problem) -> Response:
    """A problem as a program reads it."""
    body = ProblemBody(
        type="about:blank",
        title=_TITLES[problem.status],
        status=problem.status,
        detail=translate(f"api.problem.{problem.code}", reader_language(request), **problem.values),
        code=problem.code,
    )
    headers = {"Cache-Control": "no-store", **problem.headers}
    return JSONResponse(body.model_dump(), problem.status, headers, MEDIA_TYPE)
