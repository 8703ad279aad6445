"""Controls of a fake over HTTP: POST /control/<command> with named JSON arguments, for fakes that run as a process."""

import dataclasses
import inspect
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PREFIX = "/control/"


def commands_of(control: type, besides: Iterable[str] = ()) -> frozenset[str]:
    """The public plain methods of a control; those that take or wait for Python objects stay local."""
    hidden = set(besides)
    return frozenset(
        name
        for name, member in inspect.getmembers(control, inspect.isfunction)
        if not name.startswith("_") and not inspect.iscoroutinefunction(member) and name not in hidden
    )


async def run_command(control: Any, commands: frozenset[str], request: Request) -> Response:
    """Runs one command and returns {"result": …}, or {"error": …} with 400 or 404."""
    command = request.url.path.removeprefix(PREFIX)
    if command not in commands:
        return JSONResponse({"error": f"unknown command {command}; there are {sorted(commands)}"}, 404)
    try:
        return as_result(getattr(control, command)(**await arguments_of(request)))
    except (KeyError, TypeError, ValueError) as error:
        return JSONResponse({"error": f"{command}: {type(error).__name__}: {error}"}, 400)


async def arguments_of(request: Request) -> dict[str, Any]:
    """The named arguments of a command."""
    body = await request.body()
    arguments = json.loads(body) if body else {}
    if not isinstance(arguments, dict):
        raise TypeError("a command takes a JSON object of named arguments")
    return arguments


def as_result(value: Any) -> Response:
    """A command's result as JSON."""
    return Response(json.dumps({"result": value}, default=_plain), media_type="application/json")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
