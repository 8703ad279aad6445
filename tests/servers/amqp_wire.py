"""AMQP 0-9-1 as far as it is needed to lose a broker's confirms, and to know what is published and acknowledged."""

from weakref import WeakKeyDictionary

from supportbot.common.bus.topology import EXCHANGE
from tests.servers.link import Connection, Tap, Toward

PUBLISH = bytes([0, 60, 0, 40, 0, 0, len(EXCHANGE)]) + EXCHANGE.encode()
"""In what a client says: it publishes an event for the work queues."""
ACKNOWLEDGE = bytes([0, 60, 0, 80])
"""In what a client says: it is done with a message. In what the broker says: it has a message safe."""
_HEAD = 7
_METHOD = 1


class Confirms(Tap):
    """Stands in a link to RabbitMQ from its beginning; while `losing`, the broker's confirms never arrive."""

    def __init__(self) -> None:
        self.losing = False
        self.lost = 0
        self._begun: WeakKeyDictionary[Connection, bytearray] = WeakKeyDictionary()

    async def pass_on(self, connection: Connection, toward: Toward, data: bytes) -> bytes:
        """See Tap."""
        if toward == "server":
            return data
        begun = self._begun.setdefault(connection, bytearray())
        begun += data
        passed = bytearray()
        while (frame := _next_frame(begun)) is not None:
            if self.losing and frame[0] == _METHOD and frame[_HEAD:].startswith(ACKNOWLEDGE):
                self.lost += 1
            else:
                passed += frame
        return bytes(passed)


def _next_frame(begun: bytearray) -> bytes | None:
    """One whole frame, taken from the front: type, channel, size, payload and an end mark."""
    if len(begun) < _HEAD:
        return None
    end = _HEAD + int.from_bytes(begun[3:_HEAD]) + 1
    if len(begun) < end:
        return None
    frame = bytes(begun[:end])
    del begun[:end]
    return frame
