"""Settings of the all-in-one process: those of every service together."""

from supportbot.admin_api.settings import AdminApiSettings
from supportbot.answerer.settings import AnswererSettings
from supportbot.gateway.settings import GatewaySettings
from supportbot.indexer.settings import IndexerSettings

PORT_BESIDE_PAGES = 5001


class StandaloneSettings(GatewaySettings, AnswererSettings, IndexerSettings, AdminApiSettings):
    """Everything that can be set."""

    @property
    def answers(self) -> bool:
        """Whether this process has the channels, the answerer and the indexer."""
        return self.run_mode in {"all", "telegram"}

    @property
    def shows_pages(self) -> bool:
        """Whether this process has the inbox."""
        return self.run_mode in {"all", "web"}

    def problems(self) -> list[str]:
        """See CommonSettings."""
        if self.machine_answers or self.people_answer:
            return super().problems()
        return [*super().problems(), "MACHINE_ANSWERS, PEOPLE_ANSWER: one of them has to answer"]

    @property
    def port(self) -> int:
        """`WEB_PORT`; where it is not set, processes side by side on one host do not get in each other's way."""
        beside = self.run_mode == "telegram" and "web_port" not in self.model_fields_set
        return PORT_BESIDE_PAGES if beside else self.web_port
