"""Ways in, operators, and what everybody may change about themselves."""

from collections.abc import Iterator

from fastapi import APIRouter

from supportbot.admin_api.access.sealing import Seal
from supportbot.admin_api.audit.endpoints import AuditEndpoints
from supportbot.admin_api.audit.pages import AuditPages
from supportbot.admin_api.audit.repository import AuditRepository
from supportbot.admin_api.oidc.flow import FlowSeal
from supportbot.admin_api.oidc.pages import OidcPages
from supportbot.admin_api.oidc.service import OidcService
from supportbot.admin_api.operators.endpoints import OperatorEndpoints
from supportbot.admin_api.operators.pages import OperatorPages
from supportbot.admin_api.operators.service import OperatorService
from supportbot.admin_api.profile.pages import ProfilePages
from supportbot.admin_api.profile.service import ProfileService
from supportbot.admin_api.sign_in.endpoints import SignInEndpoints
from supportbot.admin_api.sign_in.forms import SignInForms
from supportbot.admin_api.sign_in.pages import SignInPages
from supportbot.admin_api.sign_in.service import SignInService
from supportbot.admin_api.sign_in.set_up import SetUp
from supportbot.admin_api.wiring.ground import Area, Ground


def accounts_area(ground: Ground, set_up: SetUp) -> Area:
    """Signing in, operators, profile and audit log."""
    service = SignInService(ground.database, ground.given.tokens)
    operators, audit = OperatorService(ground.database), AuditRepository(ground.database)
    profile, oidc = ProfileService(ground.database, Seal(ground.given.tokens.key)), _oidc(ground, service)
    provider = ground.given.sign_in_with.name if ground.given.sign_in_with else ""
    return Area(
        (
            *_ways_in(ground, set_up, service, oidc, provider),
            OperatorPages(operators, ground.rendering, ground.pages).router(),
            ProfilePages(profile, operators, ground.rendering, ground.pages, oidc, provider).router(),
            AuditPages(audit, ground.rendering, ground.pages).router(),
        ),
        (
            SignInEndpoints(service, ground.keys).router(),
            OperatorEndpoints(operators, ground.keys).router(),
            AuditEndpoints(audit, ground.keys).router(),
        ),
    )


def _oidc(ground: Ground, service: SignInService) -> OidcService | None:
    chosen = ground.given.sign_in_with
    if chosen is None:
        return None
    seal = FlowSeal(ground.given.tokens.key)
    return OidcService(ground.database, chosen.provider, chosen.admission, service, seal)


def _ways_in(
    ground: Ground, set_up: SetUp, service: SignInService, oidc: OidcService | None, provider: str
) -> Iterator[APIRouter]:
    forms = SignInForms(ground.rendering, provider)
    yield SignInPages(service, set_up, forms, ground.pages, oidc.provider if oidc else None).router()
    if oidc is not None:
        yield OidcPages(oidc, set_up, forms).router()
