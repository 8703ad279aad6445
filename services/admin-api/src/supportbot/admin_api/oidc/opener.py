"""The provider that the settings name, if they name one."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from supportbot.admin_api.access.roles import Role
from supportbot.admin_api.oidc.provider import Provider, Registration
from supportbot.admin_api.oidc.service import Admission
from supportbot.admin_api.oidc.settings import OidcSettings


@dataclass(frozen=True, slots=True)
class SignInWith:
    """A provider, what people call it, and whom it brings."""

    provider: Provider
    name: str
    admission: Admission


def open_provider(settings: OidcSettings) -> SignInWith | None:
    """Nothing is asked of it before somebody signs in."""
    if not settings.oidc_issuer:
        return None
    registration = Registration(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_redirect_url,
        settings.oidc_groups_claim,
        settings.oidc_signed_out_url,
    )
    role = None if settings.oidc_default_role == "none" else cast("Role", settings.oidc_default_role)
    admission = Admission(settings.oidc_allowed_domains, settings.oidc_new_operators, role, settings.roles_of_groups)
    name = settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or ""
    return SignInWith(Provider(registration), name, admission)
