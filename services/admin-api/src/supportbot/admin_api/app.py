"""The admin API put together: wiring only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from supportbot.admin_api.access.pace import PER_MINUTE, Pace
from supportbot.admin_api.access.recognising import Recogniser
from supportbot.admin_api.access.sealing import Seal
from supportbot.admin_api.access.sweep import sweep_sessions
from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.administration.curve import CurveStore
from supportbot.admin_api.administration.key_pages import KeyPages
from supportbot.admin_api.administration.people_pages import PeoplePages
from supportbot.admin_api.administration.settings_pages import SettingsPages
from supportbot.admin_api.administration.trouble_pages import TroublePages
from supportbot.admin_api.answers.endpoints import AnswerEndpoints
from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.audit.endpoints import AuditEndpoints
from supportbot.admin_api.audit.pages import AuditPages
from supportbot.admin_api.audit.repository import AuditRepository
from supportbot.admin_api.canned.pages import CannedPages
from supportbot.admin_api.canned.service import CannedService
from supportbot.admin_api.conversations.endpoints import ConversationEndpoints
from supportbot.admin_api.conversations.repository import ConversationRepository
from supportbot.admin_api.conversations.service import ConversationService
from supportbot.admin_api.costs.endpoints import CostEndpoints
from supportbot.admin_api.costs.repository import CostRepository
from supportbot.admin_api.dead_letters.endpoints import DeadLetterEndpoints
from supportbot.admin_api.dead_letters.repository import DeadLetterRepository
from supportbot.admin_api.dead_letters.service import DeadLetterService
from supportbot.admin_api.description import description_router
from supportbot.admin_api.documents.access import AccessStore
from supportbot.admin_api.documents.chunks import ChunkStore
from supportbot.admin_api.documents.endpoints import DocumentEndpoints
from supportbot.admin_api.documents.finding_store import FindingStore
from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.search_store import SearchStore
from supportbot.admin_api.documents.service import DocumentService
from supportbot.admin_api.documents.sweep import sweep_contents
from supportbot.admin_api.documents.versions import VersionStore
from supportbot.admin_api.faq.endpoints import FaqEndpoints
from supportbot.admin_api.faq.repository import FaqRepository
from supportbot.admin_api.faq.service import FaqService
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.inbox.endpoints import InboxEndpoints
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.pages import InboxPages
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.service import InboxService
from supportbot.admin_api.inbox.triage_endpoints import TriageEndpoints
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.knowledge.gaps import GapPages
from supportbot.admin_api.knowledge.listing import Listing
from supportbot.admin_api.knowledge.pages import KnowledgePages
from supportbot.admin_api.knowledge.trials import TrialPages
from supportbot.admin_api.live import HEARD, LivePages
from supportbot.admin_api.mail.mailer import Mailer
from supportbot.admin_api.operators.endpoints import OperatorEndpoints
from supportbot.admin_api.operators.pages import OperatorPages
from supportbot.admin_api.operators.service import OperatorService
from supportbot.admin_api.overview.figures import FigureStore
from supportbot.admin_api.overview.pages import OverviewPages
from supportbot.admin_api.overview.questions import QuestionStore
from supportbot.admin_api.profile.pages import ProfilePages
from supportbot.admin_api.profile.service import ProfileService
from supportbot.admin_api.rendering import Rendering
from supportbot.admin_api.sign_in.endpoints import SignInEndpoints
from supportbot.admin_api.sign_in.pages import SignInPages
from supportbot.admin_api.sign_in.service import SignInService
from supportbot.admin_api.sign_in.set_up import SetUp
from supportbot.common.bus.port import Bus
from supportbot.common.database.document_versions import KEPT
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files
from supportbot.common.lifecycle import Check, Loops
from supportbot.common.web.doorbell import Doorbell


@dataclass(frozen=True)
class Dependencies:
    """What the admin API stands on, chosen by whoever opens it: embedded or networked."""

    database: Database
    bus: Bus
    files: Files
    upload_limit: int
    """Bytes of the largest document."""
    tokens: Tokens
    """Sign sessions, with the same key in every process."""
    versions_kept: int = KEPT
    """How many versions of a document."""
    chat_path: str = ""
    """Where the chat is, if the same process serves it."""
    company: str = ""
    """The name at the top of the chat, for ready-made replies that say it."""
    requests_per_minute: int = PER_MINUTE
    """Of one caller of the REST API, in this process."""
    shows_names: bool = False
    """Whether users see the name of whoever replied from the inbox."""
    mailer: Mailer | None = None
    """Sends alerts and the weekly report, where a mail server is named."""


class AdminApiService:
    """Pages for operators and an API for programs. See Service."""

    name = "admin-api"
    checks: Mapping[str, Check] = {}

    def __init__(self, dependencies: Dependencies) -> None:
        self._bus = dependencies.bus
        self._files = dependencies.files
        self._loops = Loops()
        self._mailer = dependencies.mailer
        recogniser = Recogniser(dependencies.database, dependencies.tokens)
        rendering, pages_guard = Rendering(recogniser, dependencies.chat_path), PageGuard(recogniser)
        self._events, inbox = _inbox(dependencies, rendering, pages_guard)
        self._set_up = SetUp(dependencies.database)
        self._database = dependencies.database
        sign_in = SignInService(dependencies.database, dependencies.tokens)
        signing_in = SignInPages(sign_in, self._set_up, rendering, pages_guard).router()
        self._documents = DocumentRepository(dependencies.database)
        self._live = LivePages(recogniser, HEARD)
        knowledge = KnowledgePages(
            *_document_parts(dependencies, self._documents),
            Listing(dependencies.database),
            self._live,
            rendering,
            pages_guard,
        )
        accounts = _account_pages(dependencies.database, dependencies.tokens, rendering, pages_guard)
        trials = TrialPages(dependencies.database, rendering, pages_guard)
        gaps = _gap_pages(dependencies, rendering, pages_guard)
        overview = OverviewPages(
            FigureStore(dependencies.database),
            QuestionStore(dependencies.database),
            AnswerService(AnswerRepository(dependencies.database)),
            rendering,
            pages_guard,
        )
        pages = (
            signing_in,
            *accounts,
            trials.router(),
            gaps.router(),
            knowledge.router(),
            overview.router(),
            *_administration(dependencies, rendering, pages_guard),
            *inbox,
        )
        guard = KeyGuard(dependencies.database, recogniser, Pace(dependencies.requests_per_minute))
        self.api = (
            self._document_routes(dependencies, guard),
            self._conversation_routes(dependencies, guard),
            _dead_letter_routes(dependencies, guard),
            CostEndpoints(CostRepository(dependencies.database), guard).router(),
            _answer_routes(dependencies, guard),
            _faq_routes(dependencies, guard),
            SignInEndpoints(sign_in, guard).router(),
            OperatorEndpoints(OperatorService(dependencies.database), guard).router(),
            AuditEndpoints(AuditRepository(dependencies.database), guard).router(),
        )
        self.routers: Sequence[APIRouter] = [*pages, *self.api, description_router(guard, self.api)]

    async def start(self) -> None:
        self._events.listen(self._bus)
        self._live.listen(self._bus)
        await self._set_up.announce()
        self._loops.start("forget old sessions", lambda: sweep_sessions(self._database))
        self._loops.start("sweep uploaded contents", lambda: sweep_contents(self._files, self._documents))
        if self._mailer is not None:
            self._mailer.start(self._bus)

    async def stop(self) -> None:
        self._events.close()
        self._live.close()
        if self._mailer is not None:
            await self._mailer.stop()
        await self._loops.stop()

    def _conversation_routes(self, dependencies: Dependencies, guard: KeyGuard) -> APIRouter:
        inbox = InboxService(dependencies.database, shows_names=dependencies.shows_names)
        service = ConversationService(dependencies.database, inbox)
        repository = ConversationRepository(InboxRepository(dependencies.database))
        return ConversationEndpoints(repository, service, self._events, guard).router()

    def _document_routes(self, dependencies: Dependencies, guard: KeyGuard) -> APIRouter:
        found, search = FindingStore(dependencies.database), SearchStore(dependencies.database)
        parts = _document_parts(dependencies, self._documents)
        return DocumentEndpoints(*parts, found, search, guard).router()


def _document_parts(
    dependencies: Dependencies, repository: DocumentRepository
) -> tuple[DocumentRepository, DocumentService, VersionStore, AccessStore, ChunkStore]:
    database, kept = dependencies.database, dependencies.versions_kept
    service = DocumentService(database, dependencies.files, dependencies.upload_limit, kept=kept)
    return repository, service, VersionStore(database, kept), AccessStore(database), ChunkStore(database)


def _inbox(
    dependencies: Dependencies, rendering: Rendering, guard: PageGuard
) -> tuple[InboxEvents, Sequence[APIRouter]]:
    repository, pages = InboxRepository(dependencies.database), InboxPages(rendering)
    events = InboxEvents(repository, pages, Doorbell(), rendering.recogniser)
    service = InboxService(dependencies.database, shows_names=dependencies.shows_names)
    triage = TriageEndpoints(service, events, guard).router()
    canned = CannedService(dependencies.database, dependencies.company)
    replies = CannedPages(canned, repository, rendering, guard).router()
    return events, (triage, replies, InboxEndpoints(repository, service, pages, events, guard).router())


def _account_pages(database: Database, tokens: Tokens, rendering: Rendering, guard: PageGuard) -> Sequence[APIRouter]:
    service = OperatorService(database)
    return (
        OperatorPages(service, rendering, guard).router(),
        ProfilePages(ProfileService(database, Seal(tokens.key)), service, rendering, guard).router(),
        AuditPages(AuditRepository(database), rendering, guard).router(),
    )


def _dead_letter_routes(dependencies: Dependencies, guard: KeyGuard) -> APIRouter:
    repository = DeadLetterRepository(dependencies.database)
    return DeadLetterEndpoints(repository, DeadLetterService(dependencies.database, repository), guard).router()


def _answer_routes(dependencies: Dependencies, guard: KeyGuard) -> APIRouter:
    repository = AnswerRepository(dependencies.database)
    return AnswerEndpoints(repository, AnswerService(repository), guard).router()


def _administration(dependencies: Dependencies, rendering: Rendering, guard: PageGuard) -> Sequence[APIRouter]:
    database = dependencies.database
    letters = DeadLetterRepository(database)
    own = {"UPLOAD_LIMIT": dependencies.upload_limit, "DOCUMENT_VERSIONS": dependencies.versions_kept}
    return (
        SettingsPages(database, CurveStore(database), own, rendering, guard).router(),
        TroublePages(database, letters, DeadLetterService(database, letters), rendering, guard).router(),
        KeyPages(database, rendering, guard).router(),
        PeoplePages(database, rendering, guard).router(),
    )


def _gap_pages(dependencies: Dependencies, rendering: Rendering, guard: PageGuard) -> GapPages:
    repository, service = _faq(dependencies)
    answers = AnswerService(AnswerRepository(dependencies.database))
    return GapPages(answers, repository, service, rendering, guard)


def _faq_routes(dependencies: Dependencies, guard: KeyGuard) -> APIRouter:
    repository, service = _faq(dependencies)
    return FaqEndpoints(repository, service, guard).router()


def _faq(dependencies: Dependencies) -> tuple[FaqRepository, FaqService]:
    repository = FaqRepository(dependencies.database)
    files, kept = dependencies.files, dependencies.versions_kept
    return repository, FaqService(dependencies.database, files, repository, kept=kept)


def build(dependencies: Dependencies) -> AdminApiService:
    """The service, ready to be started."""
    return AdminApiService(dependencies)
