"""What answers are found in: documents, reviewed answers, gaps, and trying questions."""

from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.documents.access import AccessStore
from supportbot.admin_api.documents.chunks import ChunkStore
from supportbot.admin_api.documents.endpoints import DocumentEndpoints
from supportbot.admin_api.documents.finding_store import FindingStore
from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.search_store import SearchStore
from supportbot.admin_api.documents.service import DocumentService
from supportbot.admin_api.documents.versions import VersionStore
from supportbot.admin_api.faq.endpoints import FaqEndpoints
from supportbot.admin_api.faq.repository import FaqRepository
from supportbot.admin_api.faq.service import FaqService
from supportbot.admin_api.knowledge.conflicts import ConflictPages
from supportbot.admin_api.knowledge.gaps import GapPages
from supportbot.admin_api.knowledge.listing import Listing
from supportbot.admin_api.knowledge.pages import KnowledgePages
from supportbot.admin_api.knowledge.source_endpoints import SourceEndpoints
from supportbot.admin_api.knowledge.source_service import SourceService
from supportbot.admin_api.knowledge.sources import SourcePages
from supportbot.admin_api.knowledge.trials import TrialPages
from supportbot.admin_api.live import LivePages
from supportbot.admin_api.wiring.ground import Area, Ground

DocumentParts = tuple[DocumentRepository, DocumentService, VersionStore, AccessStore, ChunkStore]


def document_area(ground: Ground, documents: DocumentRepository, live: LivePages) -> Area:
    """Documents: the pages, which follow them live, web pages among them, and REST."""
    parts = _document_parts(ground, documents)
    listing, database, sources = Listing(ground.database), ground.database, SourceService(ground.database)
    findings = FindingStore(database)
    return Area(
        (
            ConflictPages(findings, ground.rendering, ground.pages).router(),
            SourcePages(sources, live, ground.rendering, ground.pages).router(),
            KnowledgePages(*parts, listing, live, ground.rendering, ground.pages).router(),
        ),
        (
            DocumentEndpoints(*parts, findings, SearchStore(database), ground.keys).router(),
            SourceEndpoints(sources, live, ground.keys).router(),
        ),
    )


def answer_area(ground: Ground) -> Area:
    """Trying questions, gaps and reviewed answers."""
    repository = FaqRepository(ground.database)
    faq = FaqService(ground.database, ground.given.files, repository, kept=ground.given.versions_kept)
    answers = AnswerService(AnswerRepository(ground.database))
    return Area(
        (
            TrialPages(ground.database, ground.rendering, ground.pages).router(),
            GapPages(answers, repository, faq, ground.rendering, ground.pages).router(),
        ),
        (FaqEndpoints(repository, faq, ground.keys).router(),),
    )


def _document_parts(ground: Ground, documents: DocumentRepository) -> DocumentParts:
    database, kept = ground.database, ground.given.versions_kept
    service = DocumentService(database, ground.given.files, ground.given.upload_limit, kept=kept)
    return documents, service, VersionStore(database, kept), AccessStore(database), ChunkStore(database)
