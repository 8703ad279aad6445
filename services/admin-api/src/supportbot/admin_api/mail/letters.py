"""Mails as they are written: text and HTML that say the same."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from supportbot.admin_api.mail.access import MailAccess, bare_address

_SUBJECT: Final = 150


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody is to read."""

    subject: str
    body: str
    html: str


def message_of(letter: Letter, mail_id: UUID, written_at: datetime, access: MailAccess) -> EmailMessage:
    """The mail itself. Sent again it has the same Message-ID, so that mailboxes can tell that it is the same."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())[:_SUBJECT]
    message["From"] = access.sender
    message["To"] = ", ".join(access.recipients)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{mail_id}@{bare_address(access.sender).partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no holiday notice answers
    message.set_content(letter.body)
    message.add_alternative(letter.html, subtype="html")
    return message
