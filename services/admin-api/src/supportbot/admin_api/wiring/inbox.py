"""The inbox: its pages, what they hear, and conversations for programs."""

from supportbot.admin_api.canned.pages import CannedPages
from supportbot.admin_api.canned.service import CannedService
from supportbot.admin_api.conversations.endpoints import ConversationEndpoints
from supportbot.admin_api.conversations.repository import ConversationRepository
from supportbot.admin_api.conversations.service import ConversationService
from supportbot.admin_api.inbox.endpoints import InboxEndpoints
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.file_endpoints import FileEndpoints
from supportbot.admin_api.inbox.pages import InboxPages
from supportbot.admin_api.inbox.receiving_files import FileReceiver
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.service import InboxService
from supportbot.admin_api.inbox.triage_endpoints import TriageEndpoints
from supportbot.admin_api.wiring.ground import Area, Ground
from supportbot.common.web.doorbell import Doorbell
from supportbot.common.web.sent_files import SentFiles


def inbox_area(ground: Ground) -> tuple[InboxEvents, Area]:
    """The routes, and what wakes open inboxes."""
    receiver = FileReceiver(ground.given.files, ground.given.upload_limit)
    repository, pages = InboxRepository(ground.database), InboxPages(ground.rendering, receiver.limit)
    events = InboxEvents(repository, pages, Doorbell(), ground.recogniser)
    service = InboxService(ground.database, shows_names=ground.given.shows_names)
    canned = CannedService(ground.database, ground.given.company)
    conversations = ConversationRepository(repository), ConversationService(ground.database, service)
    files = FileEndpoints(SentFiles(ground.database, ground.given.files), ground.pages, ground.keys)
    return events, Area(
        (
            files.router(),
            TriageEndpoints(service, events, ground.pages).router(),
            CannedPages(canned, repository, ground.rendering, ground.pages).router(),
            InboxEndpoints(repository, service, pages, events, receiver, ground.pages).router(),
        ),
        (ConversationEndpoints(*conversations, events, receiver, ground.keys).router(), files.api_router()),
    )
