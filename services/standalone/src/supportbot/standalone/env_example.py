"""`.env.example`, made from the settings themselves, so that it cannot go stale."""

from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from supportbot.admin_api.settings import AdminApiSettings
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.settings import CommonSettings
from supportbot.gateway.settings import GatewaySettings
from supportbot.indexer.settings import IndexerSettings
from supportbot.standalone.settings import StandaloneSettings

_HEAD = """\
# Every setting, with its default. Copy this file to .env and uncomment what you change.
# NAME_FILE=/path reads NAME from a file, as do files in /run/secrets.
"""
_PARTS = (
    ("Common", CommonSettings),
    ("Telegram and web chat", GatewaySettings),
    ("Answers", AnswererSettings),
    ("Documents", IndexerSettings),
    ("Administration", AdminApiSettings),
)
_TRACING = """
# Tracing: the standard OpenTelemetry settings; without an endpoint nothing is sent
# OTEL_EXPORTER_OTLP_ENDPOINT=
# OTEL_SERVICE_NAME=
"""


def env_example() -> str:
    """The text of `.env.example`."""
    written: set[str] = set()
    lines = [_HEAD]
    for title, part in _PARTS:
        fields = {name: field for name, field in part.model_fields.items() if name not in written}
        lines.append(f"\n# --- {title} ---\n")
        lines.extend(_entry(name, field) for name, field in fields.items())
        written |= set(fields)
    missing = set(StandaloneSettings.model_fields) - written
    assert not missing, f"settings without a part: {missing}"
    return "\n".join(lines).replace("\n\n\n", "\n\n") + _TRACING


def _entry(name: str, field: FieldInfo) -> str:
    return f"# {field.description}\n# {name.upper()}={_default(field.default)}\n"


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(str(part) for part in value)
    return "" if value is None else str(value)
