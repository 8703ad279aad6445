"""Where `make up` keeps its things, and which service listens where."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
FOLDER = Path("build/up")
"""Below the folder in which it was started, as the data are."""
STATE = FOLDER / "state.json"
SAMPLE = ROOT / "services/standalone/src/supportbot/standalone/sample"
SERVICES = {"admin-api": 5000, "gateway": 5001, "answerer": 5002, "indexer": 5003}
MODULES = {
    "admin-api": "supportbot.admin_api",
    "gateway": "supportbot.gateway",
    "answerer": "supportbot.answerer",
    "indexer": "supportbot.indexer",
}


def port_setting(name: str) -> str:
    """The setting that gives a service another port: WEB_PORT is one port, and here are four services."""
    return f"{name.replace('-', '_').upper()}_PORT"


def ports(environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """Each service's port.

    Raises:
        ValueError: one that is set is no port.
    """
    found = {}
    for name, default in SERVICES.items():
        given = environment.get(port_setting(name), "")
        if given and not (given.isascii() and given.isdecimal() and 0 < int(given) < 2**16):
            raise ValueError(f"{port_setting(name)}: must be a port from 1 to 65535")
        found[name] = int(given or default)
    return found


def taken_port(where: Mapping[str, int]) -> str:
    """Which setting names a port that somebody listens on already, and what to do; empty where none does."""
    for name, port in where.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                return f"{port_setting(name)}: the {name} cannot listen on {port} ({error.strerror}); set another port"
    return ""


def with_our_modules(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which our modules are found from any folder."""
    paths = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(paths)}
