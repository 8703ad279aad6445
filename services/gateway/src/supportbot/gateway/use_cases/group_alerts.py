"""Alerts, gathered: people get one of a kind a minute and few in all, each saying how many more there were.

The limits are counted in the cache, so that several gateways together do not tell more than one. What several
processes say in the same words, each of one outage, is told once.
"""

from dataclasses import dataclass
from hashlib import sha256

from supportbot.common.cache.port import Cache
from supportbot.common.contracts import AlertRaised

MINUTE_S = 60.0
OF_A_KIND = 1
IN_ALL = 4
KINDS_HELD = 100
SAME_WORDS_S = 600.0
"""How long nobody is told the same words again."""


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """The newest alert of a kind, and how many of its kind came with it."""

    newest: AlertRaised
    count: int = 1


class AlertGroups:
    """Holds alerts until they may be told. What is held is lost with the process; the log has all of it."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._held: dict[str, AlertGroup] = {}

    @property
    def held(self) -> int:
        """How many alerts wait to be told."""
        return sum(group.count for group in self._held.values())

    async def gather(self, alert: AlertRaised) -> None:
        """Hold an alert, unless another one said the same in these minutes, or it was told itself.

        Delivered again before it was told, it may be of a process that died with it. The words are counted as well as
        kept, since counts outlast a Redis that comes and goes.
        """
        if await self._cache.get(_told(alert)) is not None:
            return
        words = sha256(f"{_kind(alert)} {alert.text}".encode()).hexdigest()
        is_again = await self._cache.get(f"alert-said:{words}") == alert.message_id.bytes
        if is_again or (await self._cache.allow(f"alert-words:{words}", 1, SAME_WORDS_S)).allowed:
            await self._cache.set(f"alert-said:{words}", alert.message_id.bytes, SAME_WORDS_S)
            self.hold(AlertGroup(alert))

    def hold(self, group: AlertGroup) -> None:
        """Hold a group, or give back one that could not be told."""
        kind = _kind(group.newest)
        known = self._held.get(kind)
        if known is not None:
            self._held[kind] = AlertGroup(max(known.newest, group.newest, key=_age), known.count + group.count)
        elif len(self._held) < KINDS_HELD:
            self._held[kind] = group

    async def due(self) -> list[AlertGroup]:
        """What may be told now; it is not held any more. Critical ones first."""
        kinds = sorted(self._held, key=lambda kind: self._held[kind].newest.severity != "critical")
        due = [self._held.pop(kind) for kind in kinds if await self._may_be_told(kind)]
        for group in due:
            await self._cache.set(_told(group.newest), b"1", SAME_WORDS_S)
        return due

    async def _may_be_told(self, kind: str) -> bool:
        of_kind = await self._cache.allow(f"alert:{kind}", OF_A_KIND, MINUTE_S)
        return of_kind.allowed and (await self._cache.allow("alerts", IN_ALL, MINUTE_S)).allowed


def _told(alert: AlertRaised) -> str:
    return f"alert-told:{alert.message_id}"


def _kind(alert: AlertRaised) -> str:
    return f"{alert.severity}:{alert.kind}"


def _age(alert: AlertRaised) -> str:
    return alert.occurred_at.isoformat()
