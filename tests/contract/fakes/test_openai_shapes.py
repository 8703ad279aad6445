"""Every reply of the fake model server has the published shape."""

import json

import httpx
import pytest

from tests.contract.fakes.openai_shapes import OpenAiShapes
from tests.contract.fakes.test_openai_refusals import EMBED, GOOD
from tests.fakes.openai import FakeOpenAI
from tests.fakes.published import published


@pytest.fixture
def shapes() -> OpenAiShapes:
    return OpenAiShapes(published("openai-subset.openapi.json"))


async def test_answers_have_the_published_shape(
    shapes: OpenAiShapes, http: httpx.AsyncClient, model_server: FakeOpenAI
) -> None:
    plain = (await http.post("/chat/completions", json=GOOD | {"n": 2})).json()
    assert len(plain["choices"]) == 2
    model_server.fail("refusal")
    refused = (await http.post("/chat/completions", json=GOOD)).json()
    for reply in (plain, refused):
        assert shapes.problems("CreateChatCompletionResponse", reply) == []


async def test_chunks_have_the_published_shape(shapes: OpenAiShapes, http: httpx.AsyncClient) -> None:
    body = GOOD | {"stream": True, "stream_options": {"include_usage": True}}
    reply = await http.post("/chat/completions", json=body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [event.removeprefix("data: ") for event in reply.text.split("\n\n") if event]
    assert events[-1] == "[DONE]"
    for event in events[:-1]:
        assert shapes.problems("CreateChatCompletionStreamResponse", json.loads(event)) == []


async def test_vectors_and_models_have_the_published_shape(shapes: OpenAiShapes, http: httpx.AsyncClient) -> None:
    vectors = (await http.post("/embeddings", json=EMBED)).json()
    assert shapes.problems("CreateEmbeddingResponse", vectors) == []
    models = (await http.get("/models")).json()
    assert shapes.problems("ListModelsResponse", models) == []
    assert shapes.problems("Model", (await http.get("/models/gpt-4o")).json()) == []


async def test_the_comparison_notices_what_does_not_belong(shapes: OpenAiShapes, http: httpx.AsyncClient) -> None:
    good = (await http.post("/chat/completions", json=GOOD)).json()
    assert shapes.problems("CreateChatCompletionResponse", good | {"mood": "fine"})
    assert shapes.problems("CreateChatCompletionResponse", {name: good[name] for name in good if name != "id"})
    assert shapes.problems("CreateChatCompletionResponse", good | {"created": "today"})
