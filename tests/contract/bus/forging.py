"""Messages that we would never send, sent past our own code."""

import datetime as dt
import struct
from typing import Any

from aiormq.abc import ChannelFrame
from pamqp import commands as spec
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from supportbot.common.bus.topology import EXCHANGE
from supportbot.common.contracts import Event, encode
from tests.contract.bus.conftest import bare_channel

_MARK = "an id to be replaced"
_MOMENT = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


async def send(
    url: str,
    body: bytes,
    properties: spec.Basic.Properties,
    *,
    key: str = "document.uploaded",
    exchange: str = EXCHANGE,
) -> None:
    """Send a body with any properties."""
    async with bare_channel(url) as channel:
        await channel.basic_publish(body, exchange=exchange, routing_key=key, properties=properties)


async def send_event(url: str, event: Event, **properties: object) -> None:
    """Send a proper event with properties added or replaced."""
    chosen = {"message_id": str(event.message_id), "delivery_mode": 2, **properties}
    await send(url, encode(event).encode(), spec.Basic.Properties(**chosen), key=event.routing_key)  # type: ignore[arg-type]


async def send_without_id(url: str, body: bytes, *, key: str = "document.uploaded") -> None:
    """Send a message without a message id, which the driver would otherwise add."""
    await _send_frames(url, _frames(spec.Basic.Properties(delivery_mode=2), body, key))


async def send_undecodable(url: str, flaw: str, *, key: str = "document.uploaded") -> None:
    """Send a message whose properties RabbitMQ takes and our driver cannot decode."""
    payload = _frames(spec.Basic.Properties(message_id=_MARK, timestamp=_MOMENT), b"{}", key)
    if flaw == "id that is no text":
        payload = payload.replace(_MARK.encode(), b"\xff" * len(_MARK))
    else:
        payload = payload.replace(struct.pack(">Q", int(_MOMENT.timestamp())), struct.pack(">Q", 2**63))
    await _send_frames(url, payload)


def _frames(properties: spec.Basic.Properties, body: bytes, key: str) -> bytes:
    """A message as bytes, on the first channel."""
    header = ContentHeader(properties=properties, body_size=len(body))
    frames: list[Any] = [spec.Basic.Publish(exchange=EXCHANGE, routing_key=key), header, ContentBody(body)]
    return ChannelFrame.marshall(1, frames).payload


async def _send_frames(url: str, payload: bytes) -> None:
    async with bare_channel(url) as channel:
        assert channel.number == 1
        await channel.connection.write_queue.put(ChannelFrame(payload=payload, should_close=False))
        # Anything that the broker answers: it has then read what was sent before.
        await channel.exchange_declare(EXCHANGE, passive=True)
