"""Whether the servers that settings name take us in, and what is wrong where they do not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from supportbot.standalone.operations.asking import ask
from supportbot.standalone.settings import StandaloneSettings

_WITHIN_S: Final = 5.0
_SHOWN: Final = 200
Look = Callable[[StandaloneSettings], Awaitable[str | None]]


async def servers(settings: StandaloneSettings) -> dict[str, dict[str, Any]]:
    """Of each server beside the database that is in use: what is wrong with it, None where it answers."""
    in_use: Mapping[str, tuple[object, Look]] = {
        "RabbitMQ": (settings.rabbitmq_url.get_secret_value(), _rabbitmq),
        "Qdrant": (settings.qdrant_url, _qdrant),
        "Redis": (settings.redis_host, _redis),
    }
    asked = {name: look for name, (is_used, look) in in_use.items() if is_used}
    said = await asyncio.gather(*(look(settings) for look in asked.values()))
    return {name: {"problem": one} for name, one in zip(asked, said, strict=True)}


async def _rabbitmq(settings: StandaloneSettings) -> str | None:
    """The way in alone: nothing is declared there."""
    from aiormq import Connection
    from aiormq.exceptions import AMQPError

    from supportbot.common.bus.line import describe, quiet_drivers

    quiet_drivers()
    connection = Connection(settings.rabbitmq_url.get_secret_value())
    try:
        async with asyncio.timeout(_WITHIN_S):
            await connection.connect()
    except (AMQPError, OSError, TimeoutError) as error:
        return describe(error)
    await connection.close()
    return None


async def _qdrant(settings: StandaloneSettings) -> str | None:
    key = settings.qdrant_api_key.get_secret_value()
    said = await ask(f"{settings.qdrant_url.rstrip('/')}/collections", headers={"api-key": key} if key else None)
    if said.status == 200:  # noqa: PLR2004  # HTTP's
        return None
    return f"{said.status or 'no answer'}: {said.text[:_SHOWN]}"


async def _redis(settings: StandaloneSettings) -> str | None:
    from supportbot.common.cache.redis import RedisAwayError, RedisCache

    password = settings.redis_password.get_secret_value()
    cache = RedisCache(settings.redis_host, settings.redis_port, password, timeout_s=_WITHIN_S)
    try:
        await cache.ping()
    except RedisAwayError as error:
        return str(error)
    finally:
        await cache.close()
    return None
