"""`python -m supportbot.common.probe [/path]`: ask this machine's own process how it is; exit code 0 for a 200.

For container engines, whose images have no curl. It imports nothing of ours, so that asking costs next to nothing.
"""

import http.client
import os
import sys

DEFAULT_PATH = "/health/ready"
DEFAULT_PORT = "5000"
TIMEOUT_S = 4.0


def main() -> int:
    """Print what was answered, for whoever looks at the container's state."""
    path = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_PATH
    port = os.environ.get("WEB_PORT") or DEFAULT_PORT
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=TIMEOUT_S)
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.stdout.write(f"Nothing answers on port {port}: {error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0 if answer.status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
