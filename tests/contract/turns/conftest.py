"""A conversation to work with."""

import pytest

from supportbot.common.database.transactions import Database
from tests.protocol.probe import Probe


@pytest.fixture
async def probe(database: Database) -> Probe:
    """One Telegram chat and its bot's sender, on each kind of database."""
    return await Probe.open(database)
