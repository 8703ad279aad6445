"""getUpdates: long polling by one client at a time."""

from typing import Any

from tests.fakes.telegram.errors import bad_request, conflict
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.update_queue import Queued
from tests.fakes.telegram.world import BotWorld

MAX_LIMIT = 100
MAX_TIMEOUT = 50
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "terminated by setWebhook request"


class UpdateBatch(list[Queued]):
    """Updates as the bytes they were injected with: they may be anything but JSON."""

    def body(self) -> bytes:
        return b'{"ok":true,"result":[' + b",".join(update.body for update in self) + b"]}"


async def get_updates(world: BotWorld, params: Params) -> UpdateBatch:
    if world.webhook.url:
        raise conflict(WEBHOOK_ACTIVE)
    limit = max(1, min(params.integer("limit", MAX_LIMIT), MAX_LIMIT))
    seconds = max(0, min(params.integer("timeout"), MAX_TIMEOUT))
    set_allowed_updates(world, params)
    mine = object()
    world.poller = mine
    world.queue.changed.beat()
    world.queue.confirm(params.integer("offset"))
    world.changed.beat()

    def ready() -> bool | None:
        if world.webhook.url:
            raise conflict(BY_WEBHOOK)
        if world.poller is not mine:
            raise conflict(OTHER_POLLER)
        return len(world.queue) > 0 or None

    try:
        await world.queue.changed.until(ready, seconds)
    except TimeoutError:
        ready()
    finally:
        if world.poller is mine:
            world.poller = None
    return UpdateBatch(world.queue.batch(limit))


def set_allowed_updates(world: BotWorld, params: Params) -> None:
    """A given list is kept for later calls; an empty one means the default kinds."""
    value: Any = params.parsed("allowed_updates", "allowed_updates")
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(kind, str) for kind in value):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    world.queue.allowed = frozenset(value) or None


METHODS = {"getUpdates": get_updates}
