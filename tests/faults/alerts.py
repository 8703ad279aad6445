"""The chat that gets alerts, with a person in it who counts them."""

from tests.faults.conftest import StartSystem
from tests.faults.system import System

CHAT = 901
SETTING = {"ADMIN_CHAT_ID": str(CHAT)}
TOLD_WITHIN_S = 30.0


async def start_with_chat(start_system: StartSystem, **settings: str) -> System:
    """A system whose alerts arrive."""
    system: System = await start_system(**SETTING, **settings)
    system.telegram.add_user(CHAT, "Operations")
    return system


def alerts(system: System, words: str = "") -> list[str]:
    """The alerts with these words that were told so far, oldest first."""
    return [message.text for message in system.telegram.sent(CHAT) if words in message.text]


async def until_told(system: System, words: str, within_s: float = TOLD_WITHIN_S) -> str:
    """Return when an alert has these words; gives all of it."""
    told = await system.telegram.wait_for_message(CHAT, lambda message: words in message.text, timeout=within_s)
    return told.text
