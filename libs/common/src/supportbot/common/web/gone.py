"""Whoever goes away in the middle of a request has done nothing wrong, and nothing is wrong with us."""

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

CLIENT_CLOSED_REQUEST = 499
"""nginx's word for it; nobody is there to read it."""


def forgive_who_goes_away(application: FastAPI) -> None:
    """Let a request that ends before its body does end without an error in the log, on every route."""

    async def end(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the signature of handlers
        return Response(status_code=CLIENT_CLOSED_REQUEST)

    application.add_exception_handler(ClientDisconnect, end)
