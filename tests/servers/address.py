"""Where a PostgreSQL server is, in a form that can be handed to another process."""

import json
import os
from dataclasses import asdict, dataclass

from sqlalchemy.engine import URL


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A server on which the tests may create databases. `database` exists already."""

    host: str
    port: int
    user: str
    password: str
    database: str

    def url(self, database: str) -> URL:
        """The address of one of the server's databases."""
        return URL.create(
            "postgresql+asyncpg",
            username=self.user,
            password=self.password or None,
            host=self.host,
            port=self.port,
            database=database,
        )

    def encode(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> "PostgresAddress":
        return cls(**json.loads(text))


def address_from_settings() -> PostgresAddress | None:
    """The server that TEST_DB_HOST (or DB_HOST) and its companions name, or None where neither is set."""
    for prefix in ("TEST_DB_", "DB_"):
        host = os.environ.get(f"{prefix}HOST")
        if host:
            return PostgresAddress(
                host=host,
                port=int(os.environ.get(f"{prefix}PORT", "5432")),
                user=os.environ.get(f"{prefix}USER", "bot_user"),
                password=os.environ.get(f"{prefix}PASSWORD", ""),
                database=os.environ.get(f"{prefix}NAME", "postgres"),
            )
    return None
