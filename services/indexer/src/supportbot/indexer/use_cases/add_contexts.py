"""Let passages be found by what they are about within their document, which they often do not say themselves."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import Advance
from supportbot.common.models.errors import ModelError, ModelOutputError, ModelRequestError
from supportbot.common.telemetry.outage import Outage
from supportbot.indexer.domain.contexts import VERSION, context_key, context_request, told_apart
from supportbot.indexer.model_ports import Contexts

AT_A_TIME: Final = 4


@dataclass(frozen=True, slots=True)
class Placed:
    """A document's passages with the contexts that could be had."""

    passages: tuple[Passage, ...]
    complete: bool


class AddContexts:
    """A document of one passage needs none: its title says all that could be said."""

    def __init__(self, contexts: Contexts, model: str) -> None:
        self._contexts = contexts
        self._model = model
        self._outage = Outage("Passages have to do without their contexts", "Contexts are written again")
        self.tag = f"{model}:{VERSION}"
        """Names what contexts depend on beside the document."""

    async def recalled(self, passages: Sequence[Passage]) -> Placed:
        """With the contexts that were written before. Costs nothing."""
        return _placed(passages, await self._known(passages))

    async def written(self, passages: Sequence[Passage], advance: Advance | None = None) -> Placed:
        """With all contexts, written now where they are missing, as far as the model can be asked."""
        known = await self._known(passages)
        missing = [place for place, passage in enumerate(passages) if context_key(passage) not in known]
        for start in range(0, len(missing) if len(passages) > 1 else 0, AT_A_TIME):
            batch = missing[start : start + AT_A_TIME]
            said = await asyncio.gather(*(self._write(passages, place) for place in batch))
            pairs = zip(batch, said, strict=True)
            known |= {context_key(passages[place]): text for place, text in pairs if text is not None}
            if None in said:
                break
            if advance is not None:
                advance(len(passages) - len(missing) + start + len(batch), len(passages))
        return _placed(passages, known)

    async def _known(self, passages: Sequence[Passage]) -> dict[str, str]:
        return await self._contexts.recall(self._model, list(map(context_key, passages))) if len(passages) > 1 else {}

    async def _write(self, passages: Sequence[Passage], place: int) -> str | None:
        """None where the model cannot be asked now; a single passage that it does not take goes without."""
        request = context_request(self._model, passages, place)
        try:
            text = await self._contexts.write(context_key(passages[place]), request)
        except (ModelOutputError, ModelRequestError):
            return ""
        except ModelError as error:
            self._outage.met(error)
            return None
        self._outage.over()
        return text


def _placed(passages: Sequence[Passage], known: Mapping[str, str]) -> Placed:
    if len(passages) <= 1:
        return Placed(tuple(passages), complete=True)
    contexts = [known.get(context_key(passage)) for passage in passages]
    placed = [told_apart(passage, context or "") for passage, context in zip(passages, contexts, strict=True)]
    return Placed(tuple(placed), complete=None not in contexts)
