"""One call of the Bot API: find the method, let scripted failures happen, do the work, note the outcome."""

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram.chats import Call
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.failures import Failure
from tests.fakes.telegram.methods import CANONICAL, Method
from tests.fakes.telegram.methods.polling import UpdateBatch
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld, numeric_chat


@dataclass(frozen=True)
class Reply:
    """What goes back over the wire; `ending` may be no reply at all."""

    status: int
    body: dict[str, Any] | bytes
    ending: str = "respond"
    outcome: str = "ok"


async def call(world: BotWorld, name: str, params: Params) -> Reply:
    """Runs one method and records it."""
    canonical, method = CANONICAL.get(name.lower(), (name, None))
    chat_id = numeric_chat(params.values.get("chat_id", ""))
    number, at = world.next_number(), world.now()
    reply = Reply(499, b"", outcome="client gone")
    try:
        reply = await _run(world, canonical, method, params, chat_id)
    finally:
        world.record_call(Call(number, at, canonical, params.values, chat_id, reply.status, reply.outcome))
    return reply


async def _run(world: BotWorld, name: str, method: Method | None, params: Params, chat_id: int | None) -> Reply:
    failure = world.failures.take(name, chat_id)
    if failure is not None and failure.works_at_once:
        reply = await _work(world, method, params)
        await asyncio.sleep(failure.delay_s)
        return reply
    if failure is not None and failure.delay_s:
        await asyncio.sleep(failure.delay_s)
    if failure is None or failure.only_delay:
        return await _work(world, method, params)
    if failure.after_accept:
        accepted = await _work(world, method, params)
        if accepted.outcome != "ok":
            return accepted
    return _failed(failure)


def _failed(failure: Failure) -> Reply:
    suffix = " after accept" if failure.after_accept else ""
    name = {"respond": f"failed {failure.status}", "hang": "hung", "reset": "reset"}[failure.ending]
    return Reply(failure.status, failure.body(), failure.ending, name + suffix)


async def _work(world: BotWorld, method: Method | None, params: Params) -> Reply:
    if method is None:
        return Reply(404, ApiError(404, "Not Found: method not found").body(), outcome="error 404")
    try:
        result = await method(world, params)
    except ApiError as error:
        return Reply(error.code, error.body(), outcome=f"error {error.code}")
    if isinstance(result, UpdateBatch):
        return Reply(200, result.body())
    return Reply(200, {"ok": True, "result": result})
