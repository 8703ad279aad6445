"""The methods of the Bot API, by lower-case name."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.fakes.telegram.methods import callbacks, chatting, drafts, editing, files, forums, polling, sending, webhooks
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld

Method = Callable[[BotWorld, Params], Awaitable[Any]]

CANONICAL: dict[str, tuple[str, Method]] = {
    name.lower(): (name, method)
    for module in (callbacks, chatting, drafts, editing, files, forums, polling, sending, webhooks)
    for name, method in module.METHODS.items()
}
