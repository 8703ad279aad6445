"""Which settings of a service are secrets, so that whoever deploys it must be able to give them."""

from typing import Final

from pydantic import SecretStr

from supportbot.common.settings import CommonSettings

NOT_USED: Final = frozenset({"qdrant_api_key", "redis_password", "backup_passphrase"})
"""Some services know these as they share a class of settings, and never ask such a server."""


def missing_secrets(settings: type[CommonSettings], given: set[str]) -> set[str]:
    """Secrets that the service may need and is not given."""
    types = {name: field.annotation for name, field in settings.model_fields.items()}
    return {name for name, kind in types.items() if kind is SecretStr} - given - NOT_USED
