"""Connections to public addresses only: a name is looked up once, and what was checked is what is connected to."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore

from supportbot.indexer.domain.web_pages import WebPageError


class PublicAddressesOnly(httpcore.AsyncNetworkBackend):
    """Connects like httpcore's own backend, but to no address of this machine or of a network that is not public.

    A name that leads to several addresses is refused if one of them is not public: it may lead there the next time.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        """`allowed`: names or addresses that may be reached whatever they lead to, as `host` or `host:port`."""
        self._allowed = frozenset(one.lower() for one in allowed)
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the base's signature
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host. Raises WebPageError where that is not allowed."""
        address = await self._address(host, port)
        return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """See AsyncNetworkBackend."""
        await self._backend.sleep(seconds)

    async def _address(self, host: str, port: int) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise WebPageError("web_unknown_host", host=host) from error
        addresses = [str(one[4][0]) for one in found]
        known = host.lower() in self._allowed or f"{host}:{port}".lower() in self._allowed
        if not known and not all(map(is_public, addresses)):
            raise WebPageError("web_not_public", host=host)
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, also where it is wrapped in one of IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast
