"""Typed identifiers. New ones are UUIDv7: unique anywhere, and in the order in which they were made."""

import os
import time
from typing import NewType
from uuid import UUID

ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
EventId = NewType("EventId", UUID)
EscalationId = NewType("EscalationId", UUID)
ChunkId = NewType("ChunkId", UUID)
DocumentId = NewType("DocumentId", str)
"""A document's path below the documents folder, with `/`, such as `en/returns.md`."""
BotId = NewType("BotId", str)
"""The part of a bot's token before the colon; empty for web chat."""


def uuid7(unix_ms: int | None = None) -> UUID:
    """A UUID of version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, 74 random bits."""
    moment = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    random = int.from_bytes(os.urandom(10), "big")
    value = (moment & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | random & 0x3FFF_FFFF_FFFF_FFFF)
