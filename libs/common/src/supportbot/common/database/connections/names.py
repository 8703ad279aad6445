"""How a process is named at the database server, so that others there see who it is and how much it may take."""

import re
import secrets

_NAME = re.compile(r"(?P<service>supportbot[a-z-]*) (?P<capacity>[0-9]{1,6}) [0-9a-f]{6}", re.ASCII)


def connection_name(service: str, capacity: int) -> str:
    """The `application_name` of all connections of one process: who, at most how many, and which of its replicas."""
    return f"{service} {capacity} {secrets.token_hex(3)}"


def read_connection_name(name: str) -> tuple[str, int] | None:
    """The service in a name and how many connections it may hold; None for other programs."""
    found = _NAME.fullmatch(name)
    return (found["service"], int(found["capacity"])) if found else None
