"""Where `make up` keeps its things, and which service listens where."""

from pathlib import Path

FOLDER = Path("build/up")
STATE = FOLDER / "state.json"
SAMPLE = Path("services/standalone/src/supportbot/standalone/sample").absolute()
SERVICES = {"admin-api": 5000, "gateway": 5001, "answerer": 5002, "indexer": 5003}
MODULES = {
    "admin-api": "supportbot.admin_api",
    "gateway": "supportbot.gateway",
    "answerer": "supportbot.answerer",
    "indexer": "supportbot.indexer",
}
