"""A connection to Qdrant whose every call ends in time, with an answer or with an error that says what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import stamina
from qdrant_client import AsyncQdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError

TIMEOUT_S: Final = 5.0
_ATTEMPTS: Final = 3
_LIMITS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=16)
_SHOWN: Final = 200
T = TypeVar("T")


class CollectionMissingError(KnowledgeIndexUnavailableError):
    """Qdrant answers, but does not have our collection."""


class QdrantConnection:
    """One server. Calls given to `ask` are idempotent: what got lost on the way is sent again."""

    def __init__(self, url: str, api_key: str, collection: str, timeout_s: float = TIMEOUT_S) -> None:
        """Prepare; nothing is sent yet."""
        self.url = _without_credentials(url)
        self.collection = collection
        self.timeout_s = timeout_s
        # As a header, since the client warns of a key over plain HTTP, which inside a cluster is what one has.
        self._client = AsyncQdrantClient(
            url=url,
            headers={"api-key": api_key} if api_key else None,
            timeout=max(1, round(timeout_s)),
            check_compatibility=False,
            limits=_LIMITS,
        )

    async def ask(self, call: Callable[[AsyncQdrantClient], Awaitable[T]]) -> T:
        """What the call returns; raises KnowledgeIndexUnavailableError where there is no good answer in time."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._repeated(call)
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

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.close()

    async def _repeated(self, call: Callable[[AsyncQdrantClient], Awaitable[T]]) -> T:
        retries = stamina.retry_context(
            on=_was_lost, attempts=_ATTEMPTS, timeout=None, wait_initial=0.05, wait_max=0.5, wait_jitter=0.05
        )
        async for attempt in retries:
            with attempt:
                return await call(self._client)
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
                f"the collection {self.collection} is missing from Qdrant at {self.url}: it is made again and filled "
                "when an indexer starts"
            )
        return KnowledgeIndexUnavailableError(
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


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
