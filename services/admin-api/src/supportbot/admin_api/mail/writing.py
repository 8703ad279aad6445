"""What all mails are written with: the language, the name of the product there, templates."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment

from supportbot.admin_api.rendering import environment_of_pages
from supportbot.common.i18n import translate

NAME: Final = "supportbot"


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes in one language and time zone."""

    language: str = "en"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    company: str = ""
    templates: Environment = field(default_factory=environment_of_pages)

    @property
    def name(self) -> str:
        """Whose product writes."""
        return self.company or NAME

    def say(self, key: str, **values: Any) -> str:
        """A text of the catalogue."""
        return translate(key, self.language, **values)

    def day(self, moment: datetime) -> str:
        """Such as `Nov 16, 2026`."""
        from babel.dates import format_date

        return format_date(moment.astimezone(self.zone), "medium", locale=self.language)

    def moment(self, moment: datetime) -> str:
        """Such as `Nov 16, 2026, 08:00`, with its zone."""
        there = moment.astimezone(self.zone)
        return f"{self.day(moment)}, {there:%H:%M} {there.tzname()}"

    def html(self, template: str, **values: Any) -> str:
        """A template filled in."""
        made = self.templates.get_template(template)
        return made.render(t=self.say, moment=self.moment, day=self.day, language=self.language, **values)
