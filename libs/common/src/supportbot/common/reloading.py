"""SIGHUP, as `systemctl reload` and logrotate send it: log files are opened anew, and what can be is read again."""

import asyncio
import logging
import signal
import sys

from supportbot.common.settings import CommonSettings, SettingsError, load_settings
from supportbot.common.telemetry.logging import logger, open_files_anew

_log = logger(__name__)


def reload_on_hangup(kind: type[CommonSettings]) -> None:
    """From now on. At a terminal SIGHUP still ends the process: it means that the terminal is gone."""
    if sys.platform == "win32" or sys.stderr.isatty():
        return
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, kind)


def _reload(kind: type[CommonSettings]) -> None:
    """Of the settings, LOG_LEVEL; the others hold from the next start on."""
    open_files_anew()
    try:
        level = load_settings(kind).log_level
    except SettingsError as error:
        _log.warning("Log files are opened anew; the settings cannot be read again", error=str(error))
        return
    _log.warning("Log files are opened anew", log_level=level)
    logging.getLogger().setLevel(level)
