"""The Telegram control over HTTP: POST /control/<command>?bot=TOKEN (the first bot by default)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.control_http import PREFIX, arguments_of, as_result, commands_of, run_command
from tests.fakes.telegram.control import BotControl

COMMANDS = commands_of(BotControl)


async def control_response(bots: dict[str, BotControl], request: Request) -> Response:
    """Runs one command on one bot."""
    control = bots.get(request.query_params.get("bot", next(iter(bots))))
    if control is None:
        return JSONResponse({"error": "there is no bot with this token"}, 404)
    if request.url.path == f"{PREFIX}wait_for_message":
        try:
            return as_result(await _wait_for_message(control, **await arguments_of(request)))
        except TimeoutError:
            return JSONResponse({"error": "no such message came in time"}, 408)
    return await run_command(control, COMMANDS, request)


async def _wait_for_message(
    control: BotControl, chat_id: int, contains: str = "", after: int = 0, timeout_s: float = 10.0
) -> Any:
    """The first new message with this text and a number above `after`."""
    return await control.wait_for_message(
        chat_id, lambda sent: contains in sent.text and sent.number > after, timeout_s
    )
