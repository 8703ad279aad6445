"""The REST half of qdrant-client comes without what only its other half needs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["grpc", "numpy"])
def test_a_process_that_searches_does_not_load_it(heavy: str) -> None:
    program = f"import sys, supportbot.common.knowledge.qdrant; print({heavy!r} in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
