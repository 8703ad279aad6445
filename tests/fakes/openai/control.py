"""What a test does to the model server, and what it can read from it."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from tests.fakes.openai.failures import Content, Failure, Kind, Recorded, Script, Scripted
from tests.fakes.openai.models import Catalogue, ChatModel, EmbeddingModel
from tests.fakes.pulse import Pulse

Found = TypeVar("Found")


class ModelControl:
    """Scripts, failures and the record; the commands are also reachable under /control/ over HTTP."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.script = Script()
        self.keys = {"sk-fake-key"}
        self.deployments: dict[str, str] = {}  # Azure deployment -> model; a model's own name always works
        self.chunk_delay_s = 0.0
        self.transcript: str | None = ""  # what every recording says; None: the server fails
        self.recordings: list[tuple[str, bytes]] = []  # model and content
        self.recorded: list[Recorded] = []
        self.tallies: Counter[tuple[str, str, str]] = Counter()
        self.changed = Pulse()
        self._numbers = itertools.count(1)

    # scripts

    def answer_with(
        self, content: Content, *, contains: str = "", model: str | None = None, times: int | None = 1
    ) -> None:
        """The exact content of the next matching chat answers: a text, or a function of the request."""
        self.script.answers.append(Scripted(content, contains, model, times))

    def fail(
        self,
        kind: Kind,
        *,
        endpoint: str = "*",
        model: str | None = None,
        times: int = 1,
        retry_after: float = 1.0,
        delay_s: float = 0.0,
        contains: str = "",
    ) -> None:
        """The next `times` matching calls go wrong in this way."""
        self.script.failures.append(Failure(kind, endpoint, model, times, retry_after, delay_s, contains))

    def slow(self, delay_s: float, *, endpoint: str = "*", times: int = 1_000_000) -> None:
        """Calls work, but late."""
        self.fail("slow", endpoint=endpoint, times=times, delay_s=delay_s)

    def heal(self) -> None:
        """Forgets failures and scripted answers still to come."""
        self.script.clear()

    def add_chat_model(self, name: str, context: int = 128_000, *, reasoning: bool = False) -> None:
        """Serves one more chat model."""
        self.catalogue.chat[name] = ChatModel(name, context, reasoning=reasoning)

    def add_embedding_model(self, name: str, dimensions: int = 1536) -> None:
        """Serves one more embedding model."""
        self.catalogue.embedding[name] = EmbeddingModel(name, dimensions)

    def remove_model(self, name: str) -> None:
        """Takes a model away: calls to it are refused with model_not_found."""
        self.catalogue.chat.pop(name, None)
        self.catalogue.embedding.pop(name, None)

    def add_deployment(self, deployment: str, model: str) -> None:
        """An Azure deployment of a model."""
        self.deployments[deployment] = model

    # the record

    def record(self, recorded: Recorded) -> None:
        self.recorded.append(recorded)
        self.tallies[recorded.endpoint, recorded.model, recorded.outcome] += 1
        self.changed.beat()

    def next_number(self) -> int:
        return next(self._numbers)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def calls(self, endpoint: str | None = None, model: str | None = None) -> list[Recorded]:
        """Requests in the order in which they ended."""
        return [r for r in self.recorded if endpoint in {None, r.endpoint} and model in {None, r.model}]

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Calls per endpoint, model and outcome."""
        result: dict[str, dict[str, dict[str, int]]] = {}
        for (endpoint, model, outcome), count in sorted(self.tallies.items()):
            result.setdefault(endpoint, {}).setdefault(model, {})[outcome] = count
        return result

    def tokens(self) -> dict[str, int]:
        """Tokens of all successful calls together."""
        return {
            "prompt": sum(call.prompt_tokens for call in self.recorded),
            "completion": sum(call.completion_tokens for call in self.recorded),
        }

    def forget(self) -> None:
        """Empties the record."""
        self.recorded.clear()
        self.tallies.clear()

    async def wait_for_call(
        self,
        endpoint: str | None = None,
        predicate: Callable[[Recorded], bool] = lambda _: True,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> Recorded:
        """The first finished call that fits, past or to come."""
        return await self.wait_until(lambda: next((c for c in self.calls(endpoint) if predicate(c)), None), timeout)

    async def wait_until(self, look: Callable[[], Found | None], timeout: float = 10.0) -> Found:  # noqa: ASYNC109
        """The first non-None value of `look`, asked again whenever a call ended."""
        return await self.changed.until(look, timeout)

    def scripted_left(self) -> dict[str, Any]:
        """Failures and answers not used up yet."""
        return {
            "failures": [failure.kind for failure in self.script.failures if failure.times > 0],
            "answers": sum(1 for answer in self.script.answers if answer.times is None or answer.times > 0),
        }
