"""`supportbot run`."""

from supportbot.common.settings import SettingsError, load_settings


def run() -> None:
    """Start everything in one process and stay until told to stop."""
    from supportbot.common.process import run_process
    from supportbot.standalone.run import run_all
    from supportbot.standalone.running import find_services
    from supportbot.standalone.settings import StandaloneSettings

    settings = load_settings(StandaloneSettings)
    if find_services(settings.data_folder) is not None:
        raise SettingsError(
            [f"DATABASE_PATH: separate services run on {settings.data_folder}; make down stops them, or set another"]
        )
    run_process(run_all(settings))
