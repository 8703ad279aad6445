"""The models the fake serves, with the limits that the real ones have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChatModel:
    """What a chat model takes."""

    name: str
    context: int
    json_schema: bool = True
    reasoning: bool = False  # no temperature, max_completion_tokens in place of max_tokens


@dataclass(frozen=True)
class EmbeddingModel:
    """What an embedding model gives."""

    name: str
    dimensions: int
    resizable: bool = True
    context: int = 8192


CHAT = (
    ChatModel("gpt-3.5-turbo", 16_385, json_schema=False),
    ChatModel("gpt-4", 8_192, json_schema=False),
    ChatModel("gpt-4-turbo", 128_000, json_schema=False),
    ChatModel("gpt-4o", 128_000),
    ChatModel("gpt-4o-mini", 128_000),
    ChatModel("gpt-4.1", 1_047_576),
    ChatModel("gpt-4.1-mini", 1_047_576),
    ChatModel("gpt-4.1-nano", 1_047_576),
    ChatModel("o4-mini", 200_000, reasoning=True),
    ChatModel("gpt-5", 400_000, reasoning=True),
    ChatModel("gpt-5-mini", 400_000, reasoning=True),
    ChatModel("gpt-5-nano", 400_000, reasoning=True),
    ChatModel("gpt-5.1", 400_000, reasoning=True),
    ChatModel("gpt-5.4-mini", 400_000, reasoning=True),
)
EMBEDDING = (
    EmbeddingModel("text-embedding-3-small", 1536),
    EmbeddingModel("text-embedding-3-large", 3072),
    EmbeddingModel("text-embedding-ada-002", 1536, resizable=False),
)
CREATED = 1_715_367_049


class Catalogue:
    """Models by name."""

    def __init__(self) -> None:
        self.chat = {model.name: model for model in CHAT}
        self.embedding = {model.name: model for model in EMBEDDING}

    def listing(self) -> list[dict[str, object]]:
        """Model objects."""
        return [self.described(name) for name in (*self.chat, *self.embedding)]

    def described(self, name: str) -> dict[str, object]:
        """One Model object."""
        return {"id": name, "object": "model", "created": CREATED, "owned_by": "system"}

    def __contains__(self, name: str) -> bool:
        return name in self.chat or name in self.embedding
