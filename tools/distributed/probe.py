"""Asking services and servers on this machine whether they are ready."""

import json
import socket
import urllib.error
import urllib.request

TIMEOUT_S = 2.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def problems(port: int) -> str:
    """Why a service is not ready, in one line; empty where it is."""
    try:
        with _DIRECT.open(f"http://127.0.0.1:{port}/health/ready", timeout=TIMEOUT_S):
            return ""
    except urllib.error.HTTPError as error:
        return _told(error.read()) or f"it answers {error.code}"
    except OSError as error:
        return f"it does not answer ({type(error).__name__})"


def listens(port: int) -> bool:
    """Whether a server takes connections."""
    try:
        socket.create_connection(("127.0.0.1", port), TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _told(body: bytes) -> str:
    try:
        found = json.loads(body)["problems"]
    except (ValueError, KeyError, TypeError):
        return ""
    return "; ".join(f"{name}: {problem}" for name, problem in found.items())
