"""What can go wrong with a mail server, in words for whoever set it up: each names the setting to look at."""

import ssl
from collections.abc import Sequence
from typing import Final

import aiosmtplib

from supportbot.admin_api.mail.access import MailAccess
from supportbot.common.telemetry.logging import hide_secrets

_SHOWN: Final = 200


def reason(access: MailAccess, error: Exception) -> str:
    """What is wrong. Of a refused sign-in only the number is told: what was said might repeat the password."""
    place = access.place
    untrusted = next((one for one in _chain(error) if isinstance(one, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        return (
            f"SMTP_HOST: the certificate of {place} is not to be trusted ({untrusted.verify_message}). "
            "Name the host as its certificate does; an authority of your own goes into SSL_CERT_FILE"
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _answered(access, error)
    if isinstance(error, TimeoutError):
        return f"SMTP_HOST, SMTP_PORT: {place} was silent for too long. Look at its port and at firewalls"
    if isinstance(error, aiosmtplib.SMTPException) and "STARTTLS" in str(error):
        return (
            f"SMTP_SECURITY: {place} offers no STARTTLS. "
            "Set tls where the port is for TLS alone; none only for a server on a network of your own"
        )
    return f"SMTP_HOST, SMTP_PORT: {place} cannot be reached ({shown(str(error) or type(error).__name__)})"


def _answered(access: MailAccess, error: aiosmtplib.SMTPResponseException) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"SMTP_USER, SMTP_PASSWORD: {access.place} does not take them ({error.code})"
    said = f"{error.code} {shown(error.message)}"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return f"SMTP_FROM: {access.place} takes no mail from {access.sender} ({said})"
    return f"{access.place} does not take the mail ({said})"


def _chain(error: BaseException | None) -> Sequence[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def shown(text: str) -> str:
    """What a server said: one short line."""
    return hide_secrets(" ".join(text.split()))[:_SHOWN]
