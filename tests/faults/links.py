"""Every service's link to every server: one each, so that a fault may hit all of them, one server or one service."""

from collections.abc import Callable, Iterator, Mapping

from yarl import URL

from tests.servers.amqp_wire import Confirms
from tests.servers.link import Link, Tap
from tests.servers.postgres_wire import Sql

ADDRESSES = {
    "rabbitmq": "RABBITMQ_URL",
    "qdrant": "QDRANT_URL",
    "telegram": "TELEGRAM_API_BASE",
    "model": "OPENAI_API_BASE",
}
"""Servers that settings name by an address, and those settings."""
PLACES = {"postgres": ("DB_HOST", "DB_PORT"), "redis": ("REDIS_HOST", "REDIS_PORT")}
"""Servers that settings name by host and port."""

_EARS: dict[str, Callable[[], Tap]] = {"postgres": Sql, "rabbitmq": Confirms}
"""What stands in a link from its beginning, to understand what passes."""


class Group:
    """Some links, to which the same happens."""

    def __init__(self, links: list[Link]) -> None:
        assert links, "there are no such links"
        self.links = links

    def __iter__(self) -> Iterator[Link]:
        return iter(self.links)

    def hang(self) -> None:
        """See Link."""
        for link in self.links:
            link.hang()

    def delay(self, seconds: float) -> None:
        """See Link."""
        for link in self.links:
            link.delay(seconds)

    def lose_answers(self) -> None:
        """See Link."""
        for link in self.links:
            link.lose_answers()

    def cut(self) -> None:
        """See Link."""
        for link in self.links:
            link.cut()

    def reset(self) -> None:
        """See Link."""
        for link in self.links:
            link.reset()

    async def refuse(self) -> None:
        """See Link."""
        for link in self.links:
            await link.refuse()

    async def mend(self) -> None:
        """See Link."""
        for link in self.links:
            await link.mend()


class Links:
    """The links of one system, by service and server."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, str], Link] = {}

    def one(self, service: str, server: str) -> Link:
        """The link of one replica to one server."""
        return self._links[service, server]

    def confirms(self, service: str) -> Confirms:
        """What can lose the broker's confirms on their way to a replica."""
        return next(tap for tap in self.one(service, "rabbitmq").taps if isinstance(tap, Confirms))

    def to(self, server: str, *services: str) -> Group:
        """The links to a server: of some replicas, or of all."""
        return Group(
            [link for (whose, where), link in self._links.items() if where == server and whose in (services or {whose})]
        )

    def of(self, service: str) -> Group:
        """The links of one replica to all its servers."""
        return Group([link for (whose, _), link in self._links.items() if whose == service])

    async def settings(self, service: str, real: Mapping[str, str]) -> dict[str, str]:
        """Open links for a replica; gives the settings that lead it through them, in place of the real ones."""
        found: dict[str, str] = {}
        for server, name in ADDRESSES.items():
            if name in real:
                there = URL(real[name])
                port = await self._open(service, server, there.host or "", there.port or 0)
                found[name] = str(there.with_host("127.0.0.1").with_port(port))
        for server, (host, port_name) in PLACES.items():
            if host in real:
                port = await self._open(service, server, real[host], int(real[port_name]))
                found |= {host: "127.0.0.1", port_name: str(port)}
        return found

    async def close(self) -> None:
        """End all of them."""
        for link in self._links.values():
            await link.close()

    async def _open(self, service: str, server: str, host: str, port: int) -> int:
        link = self._links[service, server] = Link(host, port)
        if server in _EARS:
            link.taps.append(_EARS[server]())
        await link.open()
        return link.port
