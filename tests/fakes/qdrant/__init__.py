"""A fake Qdrant server: its REST interface, as a real HTTP server on loopback, over Qdrant's own engine."""

from tests.fakes.qdrant.control import Exchange
from tests.fakes.qdrant.server import FakeQdrant

__all__ = ["Exchange", "FakeQdrant"]
