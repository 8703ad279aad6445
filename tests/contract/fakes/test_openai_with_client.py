"""The fake model server, driven by the openai client."""

import pytest
from openai import (
    APIConnectionError,
    APITimeoutError,
    AsyncAzureOpenAI,
    AsyncOpenAI,
    AuthenticationError,
    InternalServerError,
    LengthFinishReasonError,
    NotFoundError,
    RateLimitError,
)
from openai.types.chat import ChatCompletionChunk, ChatCompletionUserMessageParam
from pydantic import BaseModel

from tests.fakes.openai import FakeOpenAI

PASSAGES = """[1] Shipping inside Europe takes three days.
[2] A refund is paid within 14 days. Send the goods back first.
[3] Наш офис открыт с девяти до шести.

Question: When is a refund paid?"""
ASK: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": PASSAGES}]


class Answer(BaseModel):
    answer: str
    citations: list[int]
    confidence: float
    answerable: bool


async def test_a_structured_answer_comes_from_the_best_passage(client: AsyncOpenAI) -> None:
    reply = await client.chat.completions.parse(model="gpt-4o", messages=ASK, response_format=Answer)
    parsed = reply.choices[0].message.parsed
    assert parsed is not None
    assert parsed.answer == "A refund is paid within 14 days. [2]"
    assert parsed.citations == [2]
    assert parsed.answerable
    assert 0.5 < parsed.confidence <= 1
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 60


async def test_a_stream_carries_the_same_text_and_then_the_usage(client: AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model="gpt-4o-mini", messages=ASK)
    stream = await client.chat.completions.create(
        model="gpt-4o-mini", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage
    assert len(chunks) > 6


async def test_near_texts_have_near_vectors_in_both_encodings(client: AsyncOpenAI) -> None:
    texts = ["How do I get a refund?", "refunds", "Возврат товара", "о возвратах", "opening hours"]
    binary = await client.embeddings.create(model="text-embedding-3-small", input=texts)
    plain = await client.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float")
    vectors = [item.embedding for item in binary.data]
    assert [len(vector) for vector in vectors] == [1536] * 5
    for one, other in zip(vectors, (item.embedding for item in plain.data), strict=True):
        assert one == pytest.approx(other, abs=1e-6)

    def cosine(one: int, other: int) -> float:
        return sum(a * b for a, b in zip(vectors[one], vectors[other], strict=True))

    assert cosine(0, 1) > 0.6
    assert cosine(2, 3) > 0.4
    assert abs(cosine(0, 4)) < 0.2
    assert cosine(0, 0) == pytest.approx(1.0)


async def test_vectors_can_be_shortened(client: AsyncOpenAI) -> None:
    reply = await client.embeddings.create(model="text-embedding-3-large", input="x", dimensions=256)
    assert len(reply.data[0].embedding) == 256


async def test_models_are_listed_and_described(client: AsyncOpenAI, model_server: FakeOpenAI) -> None:
    model_server.add_chat_model("local-llama", 8_000)
    names = [model.id async for model in client.models.list()]
    assert {"gpt-4o", "text-embedding-3-small", "local-llama"} <= set(names)
    assert (await client.models.retrieve("gpt-4o")).id == "gpt-4o"
    with pytest.raises(NotFoundError):
        await client.models.retrieve("gpt-99")


async def test_azures_paths_and_key_header_work(model_server: FakeOpenAI) -> None:
    model_server.add_deployment("support", "gpt-4o")
    async with AsyncAzureOpenAI(
        api_key=model_server.api_key,
        azure_endpoint=model_server.azure_endpoint,
        api_version="2024-10-21",
        max_retries=0,
    ) as azure:
        reply = await azure.chat.completions.create(model="support", messages=ASK)
        assert reply.model == "gpt-4o"
        with pytest.raises(NotFoundError, match="deployment for this resource does not exist"):
            await azure.chat.completions.create(model="elsewhere", messages=ASK)
        vector = await azure.embeddings.create(model="text-embedding-3-small", input="x")
        assert len(vector.data[0].embedding) == 1536
    (call, _) = model_server.calls()[:2]
    assert (call.azure, call.model) == (True, "gpt-4o")


async def test_a_wrong_key_is_refused_and_not_repeated_back(model_server: FakeOpenAI) -> None:
    secret = "sk-somebody-elses-key"
    async with AsyncOpenAI(api_key=secret, base_url=model_server.base_url, max_retries=0) as stranger:
        with pytest.raises(AuthenticationError) as refusal:
            await stranger.chat.completions.create(model="gpt-4o", messages=ASK)
    assert refusal.value.code == "invalid_api_key"
    assert secret not in str(refusal.value)


async def test_the_client_retries_after_a_429(model_server: FakeOpenAI) -> None:
    model_server.fail("rate_limit", retry_after=0.01)
    async with AsyncOpenAI(api_key=model_server.api_key, base_url=model_server.base_url, max_retries=1) as client:
        await client.chat.completions.create(model="gpt-4o", messages=ASK)
    assert model_server.counts() == {"chat": {"gpt-4o": {"failed rate_limit": 1, "ok": 1}}}


async def test_errors_have_the_clients_classes(client: AsyncOpenAI, model_server: FakeOpenAI) -> None:
    expected: list[tuple[str, type[Exception], str | None]] = [
        ("rate_limit", RateLimitError, "rate_limit_exceeded"),
        ("quota", RateLimitError, "insufficient_quota"),
        ("unauthorized", AuthenticationError, "invalid_api_key"),
        ("server_error", InternalServerError, None),
        ("overloaded", InternalServerError, None),
        ("bad_gateway", InternalServerError, None),
        ("reset", APIConnectionError, None),
        ("cut_stream", APIConnectionError, None),
    ]
    for kind, error, code in expected:
        model_server.fail(kind)  # type: ignore[arg-type]
        with pytest.raises(error) as raised:
            await client.chat.completions.create(model="gpt-4o", messages=ASK)
        assert getattr(raised.value, "code", None) == code
    assert model_server.scripted_left() == {"failures": [], "answers": 0}


async def test_a_hanging_server_ends_in_the_clients_timeout(client: AsyncOpenAI, model_server: FakeOpenAI) -> None:
    model_server.fail("hang")
    with pytest.raises(APITimeoutError):
        await client.chat.completions.create(model="gpt-4o", messages=ASK, timeout=0.2)
    call = await model_server.wait_for_call("chat")
    assert call.outcome == "failed hang"


async def test_a_cut_stream_ends_in_an_error_after_some_text(client: AsyncOpenAI, model_server: FakeOpenAI) -> None:
    model_server.fail("cut_stream")
    stream = await client.chat.completions.create(model="gpt-4o", messages=ASK, stream=True)
    seen: list[ChatCompletionChunk] = []

    async def drain() -> None:
        async for chunk in stream:
            seen.append(chunk)  # noqa: PERF401 what came before the cut is to be kept

    with pytest.raises(APIConnectionError):
        await drain()
    assert seen


async def test_spoiled_answers(client: AsyncOpenAI, model_server: FakeOpenAI) -> None:
    async def ask() -> tuple[str | None, str | None, str]:
        choice = (await client.chat.completions.create(model="gpt-4o", messages=ASK)).choices[0]
        return choice.message.content, choice.message.refusal, choice.finish_reason

    model_server.fail("refusal")
    assert await ask() == (None, "I'm sorry, I can't help with that.", "stop")
    model_server.fail("empty")
    assert await ask() == ("", None, "stop")
    model_server.fail("content_filter")
    assert await ask() == ("", None, "content_filter")
    model_server.fail("length")
    assert (await ask())[2] == "length"
    model_server.fail("length")
    with pytest.raises(LengthFinishReasonError):
        await client.chat.completions.parse(model="gpt-4o", messages=ASK, response_format=Answer)
    model_server.fail("malformed")
    with pytest.raises(ValueError, match="Invalid JSON"):
        await client.chat.completions.parse(model="gpt-4o", messages=ASK, response_format=Answer)


async def test_answers_can_be_scripted_for_some_questions(client: AsyncOpenAI, model_server: FakeOpenAI) -> None:
    model_server.answer_with("scripted", contains="refund", times=1)
    model_server.answer_with(lambda request: f"{len(request.messages)} message", contains="tariff", times=None)
    first = await client.chat.completions.create(model="gpt-4o", messages=ASK)
    second = await client.chat.completions.create(model="gpt-4o", messages=ASK)
    third = await client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "tariff?"}])
    assert first.choices[0].message.content == "scripted"
    assert second.choices[0].message.content == "A refund is paid within 14 days. [2]"
    assert third.choices[0].message.content == "1 message"


async def test_a_token_limit_cuts_the_answer(client: AsyncOpenAI) -> None:
    reply = await client.chat.completions.create(model="gpt-4o", messages=ASK, max_tokens=3)
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage is not None
    assert reply.usage.completion_tokens <= 3
