"""A provider of OpenID Connect that others wrote, as a process on loopback: npm's oidc-provider."""

import contextlib
import json
import shutil
import socket
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

from tests.servers.account import Account
from tests.servers.process import free_port, run_until_parent_dies

PROGRAM: Final = Path(__file__).parent / "openid_provider" / "provider.mjs"
MODULE: Final = Path(__file__).parents[2] / "build/openid-provider/node_modules/oidc-provider/lib/index.js"
START_TIMEOUT_S: Final = 60.0


class ProviderMissingError(Exception):
    """It cannot be had on this machine; the text says what was tried."""


@contextlib.contextmanager
def openid_provider(client_id: str, secret: str, *, redirect_url: str, signed_out_url: str) -> Generator[str]:
    """The issuer's address. Whoever signs in is the e-mail address that they type.

    Raises:
        ProviderMissingError: Node.js or the module is not here.
    """
    node = shutil.which("node")
    if node is None or not MODULE.exists():
        raise ProviderMissingError("oidc-provider was not found; install Node.js with npm, and run tools/servers.sh")
    client = {
        "client_id": client_id,
        "client_secret": secret,
        "redirect_uris": [redirect_url],
        "post_logout_redirect_uris": [signed_out_url],
    }
    port = free_port()
    command = [node, str(PROGRAM), MODULE.as_uri(), str(port), json.dumps(client)]
    with tempfile.TemporaryFile() as output:
        process = run_until_parent_dies(command, PROGRAM.parent, output, Account())
        try:
            deadline = time.monotonic() + START_TIMEOUT_S
            while not _accepts(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    raise ProviderMissingError(f"oidc-provider did not start: {output.read().decode()[-800:]}")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
