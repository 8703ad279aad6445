"""Chooses the cache: Redis where REDIS_HOST is set, with memory standing in while it is away; else memory."""

from supportbot.common.cache.memory import MemoryCache
from supportbot.common.cache.port import Cache
from supportbot.common.settings import CommonSettings


async def open_cache(settings: CommonSettings) -> Cache:
    """The cache that the settings name. A Redis that is away now is no error."""
    if not settings.redis_host:
        return MemoryCache()
    from supportbot.common.cache.fallback import FallbackCache
    from supportbot.common.cache.redis import RedisCache

    password = settings.redis_password.get_secret_value()
    cache = FallbackCache(RedisCache(settings.redis_host, settings.redis_port, password), MemoryCache())
    await cache.start()
    return cache
