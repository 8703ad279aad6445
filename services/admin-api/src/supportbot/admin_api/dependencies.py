"""What the admin API stands on."""

from dataclasses import dataclass

from supportbot.admin_api.access.pace import PER_MINUTE
from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.mail.mailer import Mailer
from supportbot.admin_api.oidc.opener import SignInWith
from supportbot.common.bus.port import Bus
from supportbot.common.database.document_versions import KEPT
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files


@dataclass(frozen=True)
class Dependencies:
    """Chosen by whoever opens the admin API: embedded or networked."""

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
    sign_in_with: SignInWith | None = None
    """An OpenID provider that operators may sign in with."""
