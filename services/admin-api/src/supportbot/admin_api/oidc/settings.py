"""Settings of signing in with an OpenID provider."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from supportbot.admin_api.access.roles import ROLES, Role
from supportbot.common.settings import CommonSettings, Names
from supportbot.common.settings_checks import not_a_url

CALLBACK: Final = "/inbox/sign-in/oidc/callback"
SIGNED_OUT: Final = "/inbox/sign-in"


class OidcSettings(CommonSettings):
    """Nothing of it counts before `OIDC_ISSUER` is set."""

    oidc_issuer: str = Field(
        "", description="OpenID provider with which operators may sign in, as it names itself; empty: by password only"
    )
    oidc_client_id: str = Field("", description="Name under which the inbox is registered at the OpenID provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Secret of that registration")
    oidc_redirect_url: str = Field(
        "",
        description="Where the OpenID provider sends browsers back to, as registered there: "
        f"https://, the inbox' host, and {CALLBACK}",
    )
    oidc_signed_out_url: str = Field(
        "",
        description="Where the OpenID provider sends browsers to that were signed out there, as registered there: "
        f"https://, the inbox' host, and {SIGNED_OUT}; empty: they stay on its page",
    )
    oidc_name: str = Field(
        "", max_length=40, description="What the sign-in page calls the OpenID provider; empty: by its host"
    )
    oidc_allowed_domains: Names = Field(
        (), description="Let in only e-mail addresses of these domains, comma-separated; empty: of any"
    )
    oidc_new_operators: bool = Field(
        False,
        description="Make an operator of whoever signs in with the OpenID provider for the first time; "
        "false: only those are let in whose login is the e-mail address that it vouches for",
    )
    oidc_default_role: Literal["none", "viewer", "operator", "knowledge_editor"] = Field(
        "operator", description="Role of new operators whom OIDC_ROLES does not name; none: they are refused"
    )
    oidc_roles: Names = Field(
        (), description="Roles of new operators by their groups at the OpenID provider, as group=role, comma-separated"
    )
    oidc_groups_claim: str = Field("groups", description="What the OpenID provider calls a person's groups")

    @property
    def roles_of_groups(self) -> Mapping[str, Role]:
        """`OIDC_ROLES`, in its order."""
        pairs = (pair.rpartition("=") for pair in self.oidc_roles)
        return {group.strip(): cast("Role", role.strip()) for group, _, role in pairs}

    def problems(self) -> list[str]:
        return [*super().problems(), *self._oidc_problems()]

    def _oidc_problems(self) -> Iterator[str]:
        if not self.oidc_issuer:
            addresses = self.oidc_redirect_url or self.oidc_signed_out_url
            if self.oidc_client_id or addresses or self.oidc_client_secret.get_secret_value():
                yield "OIDC_ISSUER: is missing; set it to the OpenID provider's address, or remove the other ones"
            return
        if problem := _not_a_safe_url(self.oidc_issuer):
            yield f"OIDC_ISSUER: {problem}"
        if not self.oidc_client_id:
            yield "OIDC_CLIENT_ID: is missing; register the inbox at the OpenID provider"
        if not self.oidc_client_secret.get_secret_value():
            yield "OIDC_CLIENT_SECRET: is missing; set it, or OIDC_CLIENT_SECRET_FILE"
        if problem := _not_a_safe_url(self.oidc_redirect_url) or _not_at(CALLBACK, self.oidc_redirect_url):
            yield f"OIDC_REDIRECT_URL: {problem}"
        back = self.oidc_signed_out_url
        if back and (problem := _not_a_safe_url(back) or _not_at(SIGNED_OUT, back)):
            yield f"OIDC_SIGNED_OUT_URL: {problem}"
        yield from self._who_problems()

    def _who_problems(self) -> Iterator[str]:
        if any("@" in domain or "." not in domain for domain in self.oidc_allowed_domains):
            yield "OIDC_ALLOWED_DOMAINS: must be domains such as example.com, separated by commas"
        if any(not group or role not in ROLES for group, role in self.roles_of_groups.items()):
            yield f"OIDC_ROLES: must be group=role, separated by commas; roles are {', '.join(ROLES)}"
        if self.oidc_new_operators and not self.oidc_allowed_domains and self.oidc_default_role != "none":
            yield (
                "OIDC_NEW_OPERATORS: would let in everybody whom the OpenID provider knows; "
                "set OIDC_ALLOWED_DOMAINS, or OIDC_ROLES and OIDC_DEFAULT_ROLE=none"
            )


def _not_a_safe_url(url: str) -> str | None:
    problem = not_a_url(url, ("https", "http"))
    if problem is None and urlsplit(url).scheme == "http" and not _is_this_machine(urlsplit(url).hostname or ""):
        return "must begin with https://; http:// is taken for this machine only"
    return problem


def _not_at(path: str, url: str) -> str | None:
    return None if urlsplit(url).path == path and not urlsplit(url).query else f"must end with {path}"


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
