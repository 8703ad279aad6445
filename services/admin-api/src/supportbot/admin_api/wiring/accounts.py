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
    profile = ProfileService(ground.database, Seal(ground.given.tokens.key))
    return Area(
        (
            *_ways_in(ground, set_up, service),
            OperatorPages(operators, ground.rendering, ground.pages).router(),
            ProfilePages(profile, operators, ground.rendering, ground.pages).router(),
            AuditPages(audit, ground.rendering, ground.pages).router(),
        ),
        (
            SignInEndpoints(service, ground.keys).router(),
            OperatorEndpoints(operators, ground.keys).router(),
            AuditEndpoints(audit, ground.keys).router(),
        ),
    )


def _ways_in(ground: Ground, set_up: SetUp, service: SignInService) -> Iterator[APIRouter]:
    chosen = ground.given.sign_in_with
    forms = SignInForms(ground.rendering, chosen.name if chosen else "")
    yield SignInPages(service, set_up, forms, ground.pages).router()
    if chosen is not None:
        seal = FlowSeal(ground.given.tokens.key)
        oidc = OidcService(ground.database, chosen.provider, chosen.admission, service, seal)
        yield OidcPages(oidc, set_up, forms).router()
