"""What the indexer needs of models."""

from collections.abc import Sequence
from typing import Protocol

from supportbot.common.errors import SupportbotError
from supportbot.common.knowledge.senses import SenseSpace, Vector
from supportbot.common.models.request import ModelRequest


class OtherLengthError(SupportbotError):
    """A model makes vectors of another length than those of the space that is being filled."""

    def __init__(self, space: SenseSpace) -> None:
        super().__init__(f"{space.model} makes vectors of {space.dimensions} dimensions now")
        self.space = space


class PassageEmbedder(Protocol):
    """Makes vectors of what passages mean, with one model; what was paid for once costs nothing again."""

    def makes(self, space: SenseSpace) -> bool:
        """Whether this is the space of its vectors, as far as that can be known without asking."""
        ...

    async def space(self) -> SenseSpace:
        """The space of its vectors, found out by asking. Raises ModelError."""
        ...

    async def embed(self, texts: Sequence[str], space: SenseSpace) -> list[Vector]:
        """A unit vector for each text, in their order.

        Raises:
            OtherLengthError: they do not belong into this space any more.
            ModelError: they cannot be had; ModelRequestError where one of the texts is to blame.
        """
        ...

    async def forget_others(self, space: SenseSpace) -> None:
        """Forget what was paid for in other spaces."""
        ...


class Contexts(Protocol):
    """Sentences, made by a model, about what passages are about; what was paid for once costs nothing again."""

    async def recall(self, model: str, keys: Sequence[str]) -> dict[str, str]:
        """Those that a model wrote before, by their keys; empty ones too."""
        ...

    async def write(self, key: str, request: ModelRequest) -> str:
        """A new one, kept by this key; empty where the model said nothing that can be used. Raises ModelError."""
        ...
