"""The control over HTTP: POST /control/<command> with JSON arguments, when the fake is a process of its own."""

import dataclasses
import inspect
import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.telegram.control import BotControl

COMMANDS = frozenset(
    name for name, member in inspect.getmembers(BotControl, inspect.isfunction) if not name.startswith(("_", "wait_"))
)


async def control_response(bots: dict[str, BotControl], request: Request) -> Response:
    """Runs one command on the bot of `?bot=TOKEN` (the first one by default) and returns {"result": …}."""
    command = request.url.path.removeprefix("/control/")
    try:
        control = bots[request.query_params.get("bot", next(iter(bots)))]
        arguments = await _arguments(request)
        if command == "wait_for_message":
            return _answer(await _wait_for_message(control, **arguments))
        if command not in COMMANDS:
            return JSONResponse({"error": f"unknown command {command}; there are {sorted(COMMANDS)}"}, 404)
        return _answer(getattr(control, command)(**arguments))
    except TimeoutError:
        return JSONResponse({"error": "nothing came in time"}, 408)
    except (KeyError, TypeError, ValueError) as error:
        return JSONResponse({"error": f"{command}: {type(error).__name__}: {error}"}, 400)


async def _arguments(request: Request) -> dict[str, Any]:
    body = await request.body()
    arguments = json.loads(body) if body else {}
    if not isinstance(arguments, dict):
        raise TypeError("a command takes a JSON object of named arguments")
    return arguments


async def _wait_for_message(
    control: BotControl, chat_id: int, contains: str = "", after: int = 0, timeout_s: float = 10.0
) -> Any:
    """The first new message with this text and a number above `after`."""
    return await control.wait_for_message(
        chat_id, lambda sent: contains in sent.text and sent.number > after, timeout_s
    )


def _answer(value: Any) -> Response:
    return Response(json.dumps({"result": value}, default=_plain), media_type="application/json")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
