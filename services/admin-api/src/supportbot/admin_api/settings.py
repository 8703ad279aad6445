"""Settings of the admin API; each field's name in capitals is the environment variable."""

from pydantic import Field, SecretStr

from supportbot.common.files.settings import UploadSettings
from supportbot.common.settings import secret_in_folder
from supportbot.common.settings_checks import looks_like_an_example

_SHORTEST_KEY = 32
_KEY_FILE = "jwt_key"


class AdminApiSettings(UploadSettings):
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
        "", description="Mail server for critical events and the weekly report; empty: no mail (not used yet)"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Mail server's port (not used yet)")
    smtp_user: str = Field("", description="Mail server's user (not used yet)")
    smtp_password: SecretStr = Field(SecretStr(""), description="Mail server's password (not used yet)")
    smtp_from: str = Field("", description="Sender of mails (not used yet)")
    smtp_to: str = Field("", description="Recipients of mails, comma-separated (not used yet)")
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

    def problems(self) -> list[str]:
        found = super().problems()
        key = self.jwt_secret_key.get_secret_value()
        if not key and not self.makes_its_own_key:
            found.append("JWT_SECRET_KEY: is missing; set it to a random text of at least 32 characters")
        elif key and (len(key) < _SHORTEST_KEY or looks_like_an_example(key)):
            found.append("JWT_SECRET_KEY: is an example or too short; set a random text of at least 32 characters")
        return found
