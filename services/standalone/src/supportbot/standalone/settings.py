"""Settings of the all-in-one process: those of every service together."""

from supportbot.admin_api.settings import AdminApiSettings
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.settings import secret_in_folder
from supportbot.gateway.settings import GatewaySettings
from supportbot.indexer.settings import IndexerSettings


class StandaloneSettings(GatewaySettings, AnswererSettings, IndexerSettings, AdminApiSettings):
    """Everything that can be set."""

    def problems(self) -> list[str]:
        found = super().problems()
        if self.rabbitmq_url.get_secret_value():
            found.append("RABBITMQ_URL: this version runs as one process with its own bus; leave it empty")
        if self.qdrant_url:
            found.append("QDRANT_URL: this version runs with its own index; leave it empty")
        if self.run_mode != "all":
            found.append(f"RUN_MODE: {self.run_mode} is not in this version yet; use all")
        return found

    def jwt_key(self) -> str:
        """The key that signs sign-ins; made at the first start where none is set."""
        return self.jwt_secret_key.get_secret_value() or secret_in_folder(self.data_folder, "jwt_secret_key")
