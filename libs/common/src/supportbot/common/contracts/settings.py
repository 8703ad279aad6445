"""Stream `setting`: what administrators change while everything runs."""

from typing import ClassVar

from supportbot.common.contracts.envelope import Event


class SettingChosen(Event):
    """Another value of a setting holds from now on; which, the database says."""

    routing_key: ClassVar[str] = "setting.chosen"
    name: str
