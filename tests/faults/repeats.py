"""Replies of which nobody could know whether they arrived, and what was said in their place."""

from supportbot.common.i18n import LANGUAGES, translate
from tests.fakes.telegram.chats import Sent
from tests.faults.system import System

LABELS = tuple(translate("telegram.repeat_label", language) for language in LANGUAGES)


def labelled(system: System) -> list[Sent]:
    """What was said as a repeat, in all chats."""
    return [message for message in system.telegram.sent() if message.text.startswith(LABELS)]


def uncertain_keys(system: System) -> list[str]:
    """The replies of which nobody knows, repeats aside."""
    rows = system.product.rows("SELECT reply_key FROM outbound WHERE status = 'uncertain' AND repeat = 0")
    return [str(row["reply_key"]) for row in rows]


def each_was_repeated_once(system: System) -> int:
    """Hold every uncertain reply to exactly one repeat that arrived and says what it is. Gives their number."""
    keys, said = uncertain_keys(system), {message.message_id for message in labelled(system)}
    assert len(said) == len(keys), (keys, labelled(system))
    for key in keys:
        repeats = system.product.rows("SELECT status, external_id FROM outbound WHERE reply_key = ?", f"{key}:repeat")
        assert [(row["status"], row["external_id"] in said) for row in repeats] == [("sent", True)], key
    return len(keys)


def nameless(system: System, chat: int) -> int:
    """How many messages a chat got of which the product does not know that they arrived."""
    rows = system.product.rows("SELECT external_id FROM outbound WHERE chat = ? AND external_id IS NOT NULL", str(chat))
    return len({message.message_id for message in system.telegram.sent(chat)} - {row["external_id"] for row in rows})
