"""Refusals, worded and numbered as the server does it."""

from typing import Any


class QdrantError(Exception):
    """What the server answers in place of a result."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"status": {"error": self.message}, "time": 0.0001}


def no_collection(name: str) -> QdrantError:
    return QdrantError(404, f"Not found: Collection `{name}` doesn't exist!")


def collection_exists(name: str) -> QdrantError:
    return QdrantError(409, f"Wrong input: Collection `{name}` already exists!")


def unreadable(why: str) -> QdrantError:
    """JSON of another form than expected."""
    return QdrantError(400, f"Format error in JSON body: {why}")


def invalid(where: str, why: str) -> QdrantError:
    """JSON of the right form with values that are not allowed."""
    return QdrantError(422, f"Validation error in JSON body: [{where}: {why}]")


def not_spoken(what: str) -> QdrantError:
    """The real server can do it; this fake cannot."""
    return QdrantError(501, f"Not implemented in the fake: {what}")


def of_the_engine(error: Exception) -> QdrantError:
    """The engine's complaint, as the server passes it on."""
    said = str(error)
    if said.startswith("No point with id"):
        return QdrantError(404, f"Not found: {said}")
    if said.startswith("No appropriate index for faceting"):
        return QdrantError(400, f"Bad request: {said}")
    if "vector name error" in said or said.startswith(("Vector dimension error", "Wrong input")):
        return QdrantError(400, f"Wrong input: {said.removeprefix('Wrong input: ')}")
    return QdrantError(500, f"Service internal error: {said}")
