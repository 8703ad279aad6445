"""Settings of a service that is a process of its own: what it shares with the others has to be on servers.

Without them it would quietly be a product of its own, which takes questions that nobody answers.
"""

from supportbot.common.settings import CommonSettings


class SeparateSettings(CommonSettings):
    """A service beside others; RabbitMQ and Redis may be left out, PostgreSQL may not."""

    def problems(self) -> list[str]:
        found = super().problems()
        if not self.db_host:
            found.append(
                "DB_HOST: is missing; separate services share one PostgreSQL. Set it, or run everything in one process"
            )
        return found


class SeparateIndexSettings(SeparateSettings):
    """A service that works with the knowledge index: an embedded one would be that of one process alone."""

    def problems(self) -> list[str]:
        found = super().problems()
        if not self.qdrant_url:
            found.append(
                "QDRANT_URL: is missing; separate services share one Qdrant. Set it, or run everything in one process"
            )
        return found
