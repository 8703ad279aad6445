"""Giving one mail to a mail server."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from supportbot.admin_api.mail.access import MailAccess, bare_address
from supportbot.common.errors import SupportbotError

if TYPE_CHECKING:
    import aiosmtplib

STEP_S: Final = 20.0
"""For each step of the conversation with the server."""
WHOLE_S: Final = 60.0
_QUIT_S: Final = 2.0
_TEMPORARY: Final = range(400, 500)


class MailNotSentError(SupportbotError):
    """The server did not take a mail for anybody; it may be tried again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whom the server did not take it for, and what it said: for good, or for now."""

    refused: dict[str, str]
    later: dict[str, str]


async def deliver(
    access: MailAccess,
    mail: EmailMessage,
    recipients: Sequence[str],
    *,
    step_s: float = STEP_S,
    whole_s: float = WHOLE_S,
) -> Delivery:
    """Give a mail to the server for these recipients.

    Raises:
        MailNotSentError: the server took it for none of them, or nobody knows whether it did.
    """
    import aiosmtplib

    from supportbot.admin_api.mail.smtp_errors import reason, shown

    client = _client(access, step_s)
    addresses = [bare_address(one) for one in recipients]
    try:
        async with asyncio.timeout(whole_s):
            await client.connect()
            refused, _ = await client.send_message(mail, sender=bare_address(access.sender), recipients=addresses)
    except aiosmtplib.SMTPRecipientsRefused as error:
        said = ", ".join(f"{one.recipient} ({one.code} {shown(one.message)})" for one in error.recipients)
        raise MailNotSentError(f"SMTP_TO: {access.place} takes no mail for {said}. Look at the addresses") from None
    except (aiosmtplib.SMTPException, ValueError, OSError, TimeoutError) as error:
        raise MailNotSentError(reason(access, error)) from None
    finally:
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=_QUIT_S)
        client.close()
    done = Delivery({}, {})
    for address, one in refused.items():
        of = done.later if one.code in _TEMPORARY else done.refused
        of[address] = f"{one.code} {shown(one.message)}"
    return done


def _client(access: MailAccess, step_s: float) -> "aiosmtplib.SMTP":
    import aiosmtplib

    by = access.encrypted_by
    return aiosmtplib.SMTP(
        hostname=access.host,
        port=access.port,
        username=access.user or None,
        password=access.password.get_secret_value() or None,
        use_tls=by == "tls",
        start_tls=by == "starttls",
        tls_context=None if by == "none" else ssl.create_default_context(),
        timeout=step_s,
        local_hostname=socket.gethostname() or "localhost",  # to ask the network for a longer name may take seconds
    )
