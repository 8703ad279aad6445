"""Puts the topology into effect at a broker, and says clearly where the broker has something else."""

import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aio_pika.abc import AbstractRobustConnection
from aiormq.abc import AbstractChannel
from aiormq.exceptions import (
    AMQPConnectionError,
    ChannelAccessRefused,
    ChannelClosed,
    ChannelLockedResource,
    ChannelPreconditionFailed,
)

from supportbot.common.bus.topology import (
    DEAD_ARGUMENTS,
    DEAD_EXCHANGE,
    DEAD_QUEUE,
    EXCHANGE,
    LIVE_ARGUMENTS,
    LIVE_EXCHANGE,
    WORK_QUEUES,
    QueueType,
    TopologyError,
    WorkQueue,
    work_arguments,
)

_RPC_TIMEOUT_S = 5.0
_DELETE_TIMEOUT_S = 20.0
_ADVICE = {
    "Queue": (
        "RABBITMQ_QUEUE_TYPE and this version ask for. Delete it there (it is made again, and its events come again "
        "from the database), or set RABBITMQ_QUEUE_TYPE to what it is"
    ),
    "Exchange": "this version asks for. Delete it there; it is made again, with its bindings",
}


@dataclass(slots=True)
class Declared:
    """What the broker said: how many consumers each work queue has, and what could not be declared."""

    consumers: dict[str, int] = field(default_factory=dict)
    problems: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By name: what it is, and what is wrong with it."""

    def refuse(self, names: Sequence[str]) -> None:
        """Raise TopologyError where one of these could not be declared."""
        found = [name for name in names if name in self.problems]
        if found:
            raise TopologyError(self.said(found))

    def said(self, names: Sequence[str]) -> str:
        """What is wrong with these: each cause once, with everything that it holds for."""
        causes: dict[str, list[str]] = {}
        for name in names:
            kind, cause = self.problems[name]
            causes.setdefault(f"{kind} {{}} {cause}", []).append(name)
        return ". ".join(
            cause.format(first) + (f". The same holds for {', '.join(others)}" if others else "")
            for cause, (first, *others) in causes.items()
        )


async def declare(connection: AbstractRobustConnection, queue_type: QueueType) -> Declared:
    """Declare everything, as often as one likes: what was deleted or unbound is there again afterwards."""
    declared = Declared()
    for exchange, kind in ((EXCHANGE, "topic"), (LIVE_EXCHANGE, "topic"), (DEAD_EXCHANGE, "fanout")):
        async with _noting(connection, declared, "Exchange", exchange) as channel:
            await channel.exchange_declare(exchange, exchange_type=kind, durable=True, timeout=_RPC_TIMEOUT_S)
    async with _noting(connection, declared, "Queue", DEAD_QUEUE) as channel:
        await _queue(channel, DEAD_QUEUE, DEAD_ARGUMENTS)
        await _bind(channel, DEAD_QUEUE, DEAD_EXCHANGE, "")
    for queue in WORK_QUEUES:
        await _declare_work(connection, declared, queue, work_arguments(queue_type))
    return declared


async def declare_live(connection: AbstractRobustConnection, name: str) -> None:
    """Declare this process's own queue of live events; it goes when the connection does."""
    async with _channel(connection) as channel:
        await channel.queue_declare(
            name, exclusive=True, auto_delete=True, arguments=LIVE_ARGUMENTS, timeout=_RPC_TIMEOUT_S
        )


async def bind_live(connection: AbstractRobustConnection, name: str, routing_keys: Sequence[str]) -> None:
    async with _channel(connection) as channel:
        for key in routing_keys:
            await _bind(channel, name, LIVE_EXCHANGE, key)


async def delete(connection: AbstractRobustConnection, name: str) -> None:
    """Delete a queue and what waits in it."""
    async with _channel(connection) as channel:
        await channel.queue_delete(name, timeout=_DELETE_TIMEOUT_S)


async def purge(connection: AbstractRobustConnection, name: str) -> int:
    """Delete what waits in a queue. Returns how much that was."""
    async with _channel(connection) as channel:
        return (await channel.queue_purge(name, timeout=_RPC_TIMEOUT_S)).message_count or 0


async def _declare_work(
    connection: AbstractRobustConnection, declared: Declared, queue: WorkQueue, arguments: Mapping[str, Any]
) -> None:
    async with _noting(connection, declared, "Queue", queue.name) as channel:
        declared.consumers[queue.name] = await _queue(channel, queue.name, arguments)
        for key in queue.routing_keys:
            await _bind(channel, queue.name, EXCHANGE, key)


async def _queue(channel: AbstractChannel, name: str, arguments: Mapping[str, Any]) -> int:
    made = await channel.queue_declare(name, durable=True, arguments=dict(arguments), timeout=_RPC_TIMEOUT_S)
    return made.consumer_count or 0


async def _bind(channel: AbstractChannel, queue: str, exchange: str, key: str) -> None:
    await channel.queue_bind(queue, exchange, key, timeout=_RPC_TIMEOUT_S)


@contextlib.asynccontextmanager
async def _noting(
    connection: AbstractRobustConnection, declared: Declared, kind: str, name: str
) -> AsyncGenerator[AbstractChannel]:
    """A channel for one declaration; a refusal, which closes the channel, is noted and harms no other declaration."""
    try:
        async with _channel(connection) as channel:
            yield channel
    except ChannelPreconditionFailed:
        declared.problems[name] = kind, f"exists at RabbitMQ with other properties than {_ADVICE[kind]}"
    except ChannelLockedResource:
        declared.problems[name] = kind, "belongs exclusively to another connection at RabbitMQ. Close that one"
    except ChannelAccessRefused:
        declared.problems[name] = (
            kind,
            "may not be declared by this user. Let RABBITMQ_URL's user configure, write and read on its virtual host",
        )


@contextlib.asynccontextmanager
async def _channel(connection: AbstractRobustConnection) -> AsyncGenerator[AbstractChannel]:
    """A bare channel, which nothing opens again when the broker closes it."""
    if connection.transport is None or not connection.connected.is_set():
        raise AMQPConnectionError("the connection is closed")
    channel = await connection.transport.connection.channel(publisher_confirms=False, timeout=_RPC_TIMEOUT_S)
    try:
        yield channel
    finally:
        with contextlib.suppress(ChannelClosed, AMQPConnectionError, TimeoutError, RuntimeError):
            await channel.close()
