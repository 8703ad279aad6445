"""A connection to Qdrant whose every call ends in time, with an answer or with an error that says what to do."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
import stamina

from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.knowledge.qdrant_rest import (
    AsyncApis,
    ResourceExhaustedResponse,
    ResponseHandlingException,
    UnexpectedResponse,
)

TIMEOUT_S: Final = 5.0
_ATTEMPTS: Final = 3
_PORT: Final = 6333
_LIMITS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=16)
_SHOWN: Final = 200
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Apis = AsyncApis[Any]


class Response(Protocol[T_co]):
    """What every answer of Qdrant's comes in."""

    @property
    def result(self) -> T_co | None: ...


class CollectionMissingError(KnowledgeIndexUnavailableError):
    """Qdrant answers, but does not have our collection."""


class CollectionExistsError(KnowledgeIndexUnavailableError):
    """Qdrant has a collection of that name already."""


class QdrantConnection:
    """One server. Calls given to `ask` are idempotent: what got lost on the way is sent again."""

    def __init__(self, url: str, api_key: str, collection: str, timeout_s: float = TIMEOUT_S) -> None:
        """Prepare; nothing is sent yet."""
        self.url = _without_credentials(url)
        self.collection = self.shown = collection
        self.timeout_s = timeout_s
        headers = {"api-key": api_key} if api_key else None
        self._apis: Apis = AsyncApis(_address(url), headers=headers, timeout=max(1, round(timeout_s)), limits=_LIMITS)

    def at(self, collection: str, *, shown: str = "") -> "QdrantConnection":
        """The same connection, for another collection of the server, and how errors name that."""
        other = copy.copy(self)
        other.collection, other.shown = collection, shown or collection
        return other

    async def ask(self, call: Callable[[Apis], Awaitable[Response[T]]]) -> T:
        """The result of a call; raises KnowledgeIndexUnavailableError where there is no good answer in time."""
        try:
            async with asyncio.timeout(self.timeout_s):
                result = (await self._repeated(call)).result
        except TimeoutError as error:
            raise self._unreachable(f"no answer within {self.timeout_s:g} s") from error
        except ResponseHandlingException as error:
            raise (self._unreachable if _was_lost(error) else self._strange)(type(error.source).__name__) from error
        except (ValueError, TypeError, AttributeError, AssertionError) as error:  # as the client meets strange answers
            raise self._strange(type(error).__name__) from error
        except ResourceExhaustedResponse as error:
            raise KnowledgeIndexUnavailableError(f"Qdrant at {self.url} has too much to do; try again later") from error
        except UnexpectedResponse as error:
            raise self._refusal(error) from error
        if result is None:
            raise self._strange("no result")
        return result

    async def close(self) -> None:
        """Drop the connections."""
        await self._apis.aclose()

    async def _repeated(self, call: Callable[[Apis], Awaitable[T]]) -> T:
        retries = stamina.retry_context(
            on=_was_lost, attempts=_ATTEMPTS, timeout=None, wait_initial=0.05, wait_max=0.5, wait_jitter=0.05
        )
        async for attempt in retries:
            with attempt:
                return await call(self._apis)
        raise AssertionError("stamina either returns or raises")

    def _unreachable(self, cause: str) -> KnowledgeIndexUnavailableError:
        return KnowledgeIndexUnavailableError(
            f"Qdrant at {self.url} cannot be reached ({cause}): check QDRANT_URL, and that Qdrant runs there"
        )

    def _strange(self, cause: str) -> KnowledgeIndexUnavailableError:
        return KnowledgeIndexUnavailableError(
            f"what answers at {self.url} does not speak as Qdrant does ({cause}): check QDRANT_URL, and what stands "
            "in between"
        )

    def _refusal(self, error: UnexpectedResponse) -> KnowledgeIndexUnavailableError:
        said = _said(error)
        if error.status_code in {401, 403}:
            return KnowledgeIndexUnavailableError(
                f"Qdrant at {self.url} does not accept the key ({error.status_code}): set QDRANT_API_KEY"
            )
        if error.status_code == httpx.codes.NOT_FOUND and f"`{self.collection}`" in said:
            return CollectionMissingError(
                f"the collection {self.shown} is missing from Qdrant at {self.url}: an indexer makes it again and "
                "fills it"
            )
        kind = CollectionExistsError if error.status_code == httpx.codes.CONFLICT else KnowledgeIndexUnavailableError
        return kind(
            f"Qdrant at {self.url} refused a request ({error.status_code}: {said}): check QDRANT_URL, and Qdrant's log"
        )


def _was_lost(error: Exception) -> bool:
    """Whether the transport failed, not the server."""
    return isinstance(error, ResponseHandlingException) and isinstance(error.source, httpx.TransportError)


def _said(error: UnexpectedResponse) -> str:
    try:
        body: Any = error.structured()
        said = str(body["status"]["error"])
    except (ValueError, KeyError, TypeError):
        said = error.content.decode("utf-8", "replace")
    return " ".join(said.split())[:_SHOWN]


def _address(url: str) -> str:
    """Where requests go: on Qdrant's own port where none is named, and without credentials.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url if "//" in url else f"http://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("neither http nor https, or without a host")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or _PORT}{parts.path}"


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
