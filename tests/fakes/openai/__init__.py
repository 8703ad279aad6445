"""A fake OpenAI-compatible model server, as a real HTTP server on loopback."""

from tests.fakes.openai.chat_request import ChatRequest
from tests.fakes.openai.failures import Recorded
from tests.fakes.openai.server import KEY, FakeOpenAI

__all__ = ["KEY", "ChatRequest", "FakeOpenAI", "Recorded"]
