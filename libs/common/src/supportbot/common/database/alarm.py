"""Alerts as events, so that whoever runs the product hears of them; not more than one of a kind an hour."""

import time
from collections.abc import Callable
from typing import Final, Literal

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.ids import uuid7
from supportbot.common.telemetry.logging import logger

QUIET_S: Final = 3600.0
_log = logger(__name__)


class DatabaseAlarm:
    """Alarm. An alert goes through the outbox, as every event does."""

    def __init__(
        self, database: Database, *, quiet_s: float = QUIET_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._quiet_s = quiet_s
        self._clock = clock
        self._raised: dict[str, float] = {}

    async def __call__(self, kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
        """See Alarm."""
        moment = self._clock()
        last = self._raised.get(kind)
        if last is not None and moment - last < self._quiet_s:
            return False
        self._raised[kind] = moment
        _log.warning("Alert", kind=kind, severity=severity, text=text)
        event = AlertRaised(correlation_id=uuid7(), kind=kind, severity=severity, text=text)
        try:
            await self._database.write(lambda tx: raise_alert(tx, event))
        except DatabaseUnavailableError as error:
            self._raised.pop(kind, None)
            _log.warning("An alert could not be stored", kind=kind, error=str(error))
            return False
        return True
