"""The web chat."""

from supportbot.gateway.adapters.web_conversations import SqlWebConversations
from supportbot.gateway.dependencies import Dependencies
from supportbot.gateway.entrypoints.web_chat import WebChat, WebChatDependencies
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts

VISITORS_PER_ADDRESS = 6
"""As many visitors at one address may write as much as they can; who drops the cookie is a new visitor."""


def chat_on(given: Dependencies, drafts: LiveDrafts) -> WebChat:
    """The chat's pages and what they send."""
    settings = given.settings
    return WebChat(
        WebChatDependencies(
            given.database,
            given.bus,
            SqlWebConversations(given.database, people_answer=settings.people_answer),
            given.cache,
            given.files,
            company=settings.company_name,
            default_company=given.default_company,
            starters=given.starters,
            people=settings.people,
            inbox_path=given.inbox_path,
            messages_per_minute=settings.user_messages_per_minute,
            messages_per_address=settings.user_messages_per_minute * VISITORS_PER_ADDRESS,
            drafts=drafts,
        )
    )
