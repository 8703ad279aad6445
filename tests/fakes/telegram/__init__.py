"""A strict fake of the Telegram Bot API, as a real HTTP server on loopback."""

from tests.fakes.telegram.chats import Call, Chat, Sent, Topic, User
from tests.fakes.telegram.control import BotControl
from tests.fakes.telegram.server import TOKEN, FakeTelegram

__all__ = ["TOKEN", "BotControl", "Call", "Chat", "FakeTelegram", "Sent", "Topic", "User"]
