"""Everything in one process, put together: wiring only."""

from collections.abc import Sequence

from supportbot.admin_api import app as admin_api
from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.oidc.opener import open_provider
from supportbot.admin_api.wiring.mails import open_mailer
from supportbot.common.bus.opener import open_bus
from supportbot.common.bus.port import Bus
from supportbot.common.files.opener import open_files
from supportbot.common.lifecycle import Service
from supportbot.gateway import app as gateway
from supportbot.gateway.adapters.starters import Sample, Starters
from supportbot.standalone.knowledge import Knowledge, build_knowledge
from supportbot.standalone.product import Product
from supportbot.standalone.sample_centre import SAMPLE_COMPANY, sample_starters
from supportbot.standalone.settings import StandaloneSettings
from supportbot.standalone.stores import Stores

CHAT_PATH = "/"
INBOX_PATH = "/inbox"


def build(settings: StandaloneSettings, stores: Stores) -> Product:
    """The services that `RUN_MODE` chooses, on these stores; nothing runs before `start`."""
    bus = open_bus(settings)
    knowledge = _knowledge(settings, stores, bus)
    services: Sequence[Service] = (
        *((_gateway(settings, stores, bus),) if settings.answers else ()),
        *(knowledge.services if knowledge else ()),
        *((_admin_api(settings, stores, bus),) if settings.shows_pages else ()),
    )
    return Product(settings, stores.database, bus, services=services, knowledge=knowledge)


def _knowledge(settings: StandaloneSettings, stores: Stores, bus: Bus) -> Knowledge | None:
    if stores.index is None:
        return None
    return build_knowledge(settings, stores.database, stores.index, bus, stores.cache)


def _gateway(settings: StandaloneSettings, stores: Stores, bus: Bus) -> Service:
    starters = Starters(stores.database, Sample(sample_starters(), SAMPLE_COMPANY))
    return gateway.build(
        gateway.Dependencies(
            stores.database,
            bus,
            settings,
            stores.cache,
            open_files(settings, stores.database),
            starters=starters,
            refresh_starters=starters.refresh,
            default_company=starters.company,
            inbox_path=INBOX_PATH if settings.shows_pages else "",
        )
    )


def _admin_api(settings: StandaloneSettings, stores: Stores, bus: Bus) -> Service:
    files = open_files(settings, stores.database)
    chat = CHAT_PATH if settings.answers else ""
    return admin_api.build(
        admin_api.Dependencies(
            stores.database,
            bus,
            files,
            settings.upload_limit,
            Tokens(settings.signing_key, settings.jwt_access_token_expires),
            versions_kept=settings.document_versions,
            chat_path=chat,
            company=settings.company_name,
            shows_names=settings.show_operator_names,
            mailer=open_mailer(settings, stores.database),
            sign_in_with=open_provider(settings),
        )
    )
