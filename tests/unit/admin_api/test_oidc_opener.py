"""What the settings of an OpenID provider come to."""

from typing import Any

from supportbot.admin_api.oidc.opener import open_provider
from supportbot.admin_api.oidc.reading import Person
from supportbot.admin_api.oidc.settings import OidcSettings


def opened(**values: Any) -> Any:
    return open_provider(OidcSettings(_env_file=None, **values))


def person(*groups: str) -> Person:
    return Person("https://id.example", "1", "anna@Example.com".lower(), "Anna", groups)


def test_without_an_issuer_there_is_no_provider() -> None:
    assert opened() is None


def test_a_provider_is_called_as_the_setting_says_or_by_its_host() -> None:
    assert opened(oidc_issuer="https://id.example:8443/realm").name == "id.example"
    assert opened(oidc_issuer="https://id.example", oidc_name="Example ID").name == "Example ID"


def test_roles_are_those_of_the_first_group_of_the_setting_that_fits() -> None:
    roles = "cn=leads, ou=staff=admin,writers=knowledge_editor"
    found = opened(oidc_issuer="https://id.example", oidc_roles="leads=admin, writers=knowledge_editor").admission
    assert found.role_of(person("writers", "leads")) == "admin"
    assert found.role_of(person("writers")) == "knowledge_editor"
    assert found.role_of(person()) == "operator"
    assert opened(oidc_issuer="https://id.example", oidc_roles=roles).admission.roles["ou=staff"] == "admin"
    none = opened(oidc_issuer="https://id.example", oidc_default_role="none").admission
    assert none.role_of(person("writers")) is None


def test_domains_are_compared_in_any_letters_and_as_a_whole() -> None:
    admission = opened(oidc_issuer="https://id.example", oidc_allowed_domains="EXAMPLE.com, a.example").admission
    assert admission.lets_in(person())
    assert not opened(oidc_issuer="https://id.example", oidc_allowed_domains="ample.com").admission.lets_in(person())
