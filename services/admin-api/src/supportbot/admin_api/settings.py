"""Settings of the admin API; each field's name in capitals is the environment variable."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, SecretStr

from supportbot.admin_api.mail.access import MailAccess, Security, bare_address
from supportbot.admin_api.mail.schedule import ScheduleError, Weekly, read_weekly
from supportbot.admin_api.oidc.settings import OidcSettings
from supportbot.common.files.settings import UploadSettings
from supportbot.common.settings import Names, secret_in_folder
from supportbot.common.settings_checks import looks_like_an_example, not_a_host

_SHORTEST_KEY = 32
_KEY_FILE = "jwt_key"


class AdminApiSettings(UploadSettings, OidcSettings):
    """What the admin API needs beside what every service needs."""

    document_versions: int = Field(
        10, ge=1, le=1000, description="How many versions of an uploaded document are kept, to go back to"
    )
    jwt_secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions of operators: random text of 32 or more characters, the same in all processes. "
        "RUN_MODE=all makes one and keeps it in the data folder",
    )
    jwt_access_token_expires: int = Field(
        21600, gt=0, le=30 * 24 * 3600, description="Seconds until a session is renewed, unseen"
    )
    show_operator_names: bool = Field(
        False, description="Show users the name of whoever replied to them from the inbox; false: “a colleague”"
    )
    smtp_host: str = Field(
        "", description="Mail server that alerts and the weekly report are sent by; empty: there are no mails"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Mail server's port")
    smtp_security: Security = Field(
        "auto", description="How mails travel: starttls, tls, none, or auto: tls on port 465, else starttls"
    )
    smtp_user: str = Field("", description="Mail server's user; empty: nobody signs in there")
    smtp_password: SecretStr = Field(SecretStr(""), description="Mail server's password")
    smtp_from: str = Field("", description="Address that mails come from; empty: SMTP_USER, where that is an address")
    smtp_to: Names = Field((), description="Addresses that get mails, separated by commas")
    mail_language: Literal["en", "ru"] = Field("en", description="Language of mails: en or ru")
    weekly_report_at: str = Field("Mon 08:00", description="When the weekly report is mailed, or `never`")
    weekly_report_zone: str = Field("UTC", description="Time zone of WEEKLY_REPORT_AT, such as `Europe/Moscow`")
    backup_passphrase: SecretStr = Field(
        SecretStr(""), description="Encrypts the secrets in backups; empty: they are left out"
    )

    @property
    def makes_its_own_key(self) -> bool:
        """One process that is everything may make a key and keep it; several must be given the same one."""
        return self.run_mode == "all"

    @property
    def signing_key(self) -> str:
        """`JWT_SECRET_KEY`; where one process is everything and none is set, one made for this data folder."""
        return self.jwt_secret_key.get_secret_value() or secret_in_folder(self.data_folder, _KEY_FILE)

    @property
    def mail(self) -> MailAccess | None:
        """How mails are sent; None where no server is named."""
        if not self.smtp_host:
            return None
        return MailAccess(
            self.smtp_host,
            self.smtp_port,
            self.smtp_user,
            self.smtp_password,
            self.smtp_security,
            self.smtp_from or self.smtp_user,
            self.smtp_to,
        )

    @property
    def weekly(self) -> Weekly | None:
        """When the weekly report is due; None for never."""
        return read_weekly(self.weekly_report_at, self.weekly_report_zone)

    def problems(self) -> list[str]:
        found = [*super().problems(), *self._mail_problems(), *self._report_problems()]
        key = self.jwt_secret_key.get_secret_value()
        if not key and not self.makes_its_own_key:
            found.append("JWT_SECRET_KEY: is missing; set it to a random text of at least 32 characters")
        elif key and (len(key) < _SHORTEST_KEY or looks_like_an_example(key)):
            found.append("JWT_SECRET_KEY: is an example or too short; set a random text of at least 32 characters")
        return found

    def _mail_problems(self) -> Iterator[str]:
        mail, password = self.mail, self.smtp_password.get_secret_value()
        if mail is None:
            if self.smtp_to or self.smtp_user:
                yield "SMTP_HOST: is missing, while SMTP_TO or SMTP_USER is set; name the mail server"
            return
        if problem := not_a_host(mail.host):
            yield f"SMTP_HOST: {problem}"
        if not bare_address(mail.sender):
            yield "SMTP_FROM: is no mail address; set the one that mails come from"
        if not mail.recipients or not all(bare_address(one) for one in mail.recipients):
            yield "SMTP_TO: names no mail address, or something else; set the addresses that get mails"
        if bool(mail.user) != bool(password):
            yield "SMTP_USER, SMTP_PASSWORD: one is missing; set both, or neither"
        if mail.encrypted_by == "none" and password and self.environment == "production":
            yield "SMTP_SECURITY: none would show the password to everybody on the way; set starttls or tls"

    def _report_problems(self) -> Iterator[str]:
        try:
            read_weekly(self.weekly_report_at, self.weekly_report_zone)
        except ScheduleError as error:
            yield f"WEEKLY_REPORT_AT, WEEKLY_REPORT_ZONE: {error}"
