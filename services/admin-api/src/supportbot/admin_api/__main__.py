"""`python -m supportbot.admin_api`: the admin API as a process of its own, on port 5000."""

import sys

from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.app import Dependencies, build
from supportbot.admin_api.oidc.opener import open_provider
from supportbot.admin_api.settings import AdminApiSettings
from supportbot.admin_api.wiring.mails import open_mailer
from supportbot.common.errors import SupportbotError
from supportbot.common.files.opener import open_files
from supportbot.common.lifecycle import Service
from supportbot.common.process import run_process
from supportbot.common.separate_settings import SeparateSettings
from supportbot.common.service_process import Opened, run_service
from supportbot.common.settings import load_settings


class Settings(SeparateSettings, AdminApiSettings):
    """The admin API's settings as one of several processes."""

    @property
    def makes_its_own_key(self) -> bool:
        return False


def main() -> None:
    """Run until told to stop."""
    try:
        settings = load_settings(Settings)

        async def make(opened: Opened) -> Service:
            files = open_files(settings, opened.database)
            return build(
                Dependencies(
                    opened.database,
                    opened.bus,
                    files,
                    settings.upload_limit,
                    Tokens(settings.signing_key, settings.jwt_access_token_expires),
                    versions_kept=settings.document_versions,
                    company=settings.company_name,
                    shows_names=settings.show_operator_names,
                    mailer=open_mailer(settings, opened.database),
                    sign_in_with=open_provider(settings),
                )
            )

        run_process(run_service("admin-api", settings, make))
    except SupportbotError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
