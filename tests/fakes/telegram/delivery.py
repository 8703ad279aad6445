"""Delivers updates to the webhook: in order per chat, in parallel between chats, again until it says 2xx."""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

import httpx

from tests.fakes.telegram.params import Params
from tests.fakes.telegram.update_queue import Queued
from tests.fakes.telegram.world import BotWorld, WebhookState

Answer = Callable[[str, Params], Awaitable[object]]  # runs a method named in a webhook's reply
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
TIMEOUT_S = 60.0


class WebhookDelivery:
    """The postman of one bot."""

    def __init__(self, world: BotWorld, answer: Answer) -> None:
        self._world = world
        self._answer = answer
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self.first_pause_s = FIRST_PAUSE_S
        self.longest_pause_s = LONGEST_PAUSE_S
        self.timeout_s = TIMEOUT_S
        self.paused = False
        self._turns = itertools.count()

    async def run(self) -> None:
        """Works until cancelled."""
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            try:
                while True:
                    self._start_lanes(client)
                    await self._world.queue.changed.until(self._startable, 3600)
            finally:
                for task in self._lanes.values():
                    task.cancel()
                await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    def _startable(self) -> bool | None:
        hook = self._world.webhook
        if not hook.url or self.paused or len(self._lanes) >= hook.max_connections:
            return None
        return self._world.queue.free_lane(self._lanes) is not None or None

    def _start_lanes(self, client: httpx.AsyncClient) -> None:
        while self._startable():
            lane = self._world.queue.free_lane(self._lanes)
            assert lane is not None
            self._lanes[lane] = asyncio.create_task(self._deliver_lane(client, lane))

    async def _deliver_lane(self, client: httpx.AsyncClient, lane: int) -> None:
        pause = self.first_pause_s
        try:
            while (update := self._first(lane)) is not None:
                if await self._deliver(client, self._world.webhook, update):
                    pause = self.first_pause_s
                    continue
                await asyncio.sleep(pause)
                pause = min(pause * 2, self.longest_pause_s)
        finally:
            del self._lanes[lane]
            self._world.queue.changed.beat()

    def _first(self, lane: int) -> Queued | None:
        if not self._world.webhook.url or self.paused:
            return None
        return self._world.queue.first_of(lane)

    async def _deliver(self, client: httpx.AsyncClient, hook: WebhookState, update: Queued) -> bool:
        if self._world.webhook_fault:
            self._note(hook, self._world.webhook_fault)
            return False
        headers = {"content-type": "application/json"}
        if hook.secret_token:
            headers["x-telegram-bot-api-secret-token"] = hook.secret_token
        began = time.monotonic()
        try:
            reply = await client.post(
                self._target(hook.url), content=update.body, headers=headers, timeout=self.timeout_s
            )
            self._world.webhook_waits.append((time.monotonic(), time.monotonic() - began))
        except httpx.HTTPError as error:
            self._note(hook, _reason(error))
            return False
        if not reply.is_success:
            self._note(hook, f"Wrong response from the webhook: {reply.status_code} {reply.reason_phrase}")
            return False
        self._count("delivered")
        self._world.queue.remove(update)
        await self._obey(reply)
        return True

    def _target(self, url: str) -> str:
        parts = urlsplit(url)
        bases = self._world.routes.get(parts.hostname or "")
        if not bases:
            return url
        base = urlsplit(bases[next(self._turns) % len(bases)])
        return urlunsplit((base.scheme, base.netloc, parts.path or "/", parts.query, ""))

    def _note(self, hook: WebhookState, message: str) -> None:
        hook.last_error_at = self._world.now()
        hook.last_error_message = message
        self._count("failed")

    def _count(self, outcome: str) -> None:
        self._world.webhook_deliveries[outcome] += 1
        self._world.changed.beat()

    async def _obey(self, reply: httpx.Response) -> None:
        """A reply may carry one method call."""
        try:
            body = reply.json()
        except (ValueError, RecursionError):
            return
        if isinstance(body, dict) and isinstance(body.get("method"), str):
            values = {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in body.items()
                if name != "method" and value is not None
            }
            await self._answer(body["method"], Params(values))


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        return "Connection refused"
    if isinstance(error, httpx.TimeoutException):
        return "Connection timed out"
    return f"Connection failed: {type(error).__name__}"
