"""What the model API refuses, the fake refuses with the same status, code and parameter."""

from typing import Any

import httpx
import pytest

from tests.fakes.openai import FakeOpenAI

USER = [{"role": "user", "content": "hello"}]
GOOD = {"model": "gpt-4o", "messages": USER}


def schema_of(schema: Any, name: str = "answer") -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def object_of(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


CHAT: list[tuple[dict[str, Any], int, str | None, str | None]] = [
    ({"messages": USER}, 400, None, None),
    ({"model": "gpt-99", "messages": USER}, 404, "model_not_found", None),
    ({"model": "text-embedding-3-small", "messages": USER}, 404, None, "model"),
    ({"model": "gpt-4o"}, 400, "missing_required_parameter", "messages"),
    (GOOD | {"messages": []}, 400, "empty_array", "messages"),
    (GOOD | {"messages": "hello"}, 400, "invalid_type", "messages"),
    (GOOD | {"messages": [{"role": "boss", "content": "x"}]}, 400, "invalid_value", "messages[0].role"),
    (GOOD | {"messages": [{"content": "x"}]}, 400, "missing_required_parameter", "messages[0].role"),
    (GOOD | {"messages": [{"role": "user"}]}, 400, "invalid_type", "messages[0].content"),
    (GOOD | {"messages": [{"role": "user", "content": 5}]}, 400, "invalid_type", "messages[0].content"),
    (GOOD | {"temprature": 1}, 400, "unknown_parameter", "temprature"),
    (GOOD | {"max_tokens": 0}, 400, "integer_below_min_value", "max_tokens"),
    (GOOD | {"max_completion_tokens": -1}, 400, "integer_below_min_value", "max_completion_tokens"),
    (GOOD | {"temperature": 2.1}, 400, "decimal_above_max_value", "temperature"),
    (GOOD | {"temperature": "hot"}, 400, "invalid_type", "temperature"),
    (GOOD | {"top_p": -0.1}, 400, "decimal_below_min_value", "top_p"),
    (GOOD | {"n": 129}, 400, "integer_above_max_value", "n"),
    (GOOD | {"stream_options": {"include_usage": True}}, 400, None, "stream_options"),
    (GOOD | {"model": "gpt-5", "max_tokens": 10}, 400, "unsupported_parameter", "max_tokens"),
    (GOOD | {"model": "gpt-5", "temperature": 0}, 400, "unsupported_value", "temperature"),
    (
        GOOD | {"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": "слово " * 10_000}]},
        400,
        "context_length_exceeded",
        "messages",
    ),
    (GOOD | {"response_format": {"type": "yaml"}}, 400, "invalid_value", "response_format.type"),
    (GOOD | {"response_format": {"type": "json_object"}}, 400, None, "messages"),
    (GOOD | {"model": "gpt-3.5-turbo", "response_format": schema_of(object_of())}, 400, None, None),
    (
        GOOD | {"response_format": schema_of(object_of(), name="two words")},
        400,
        "missing_required_parameter",
        "response_format.json_schema.name",
    ),
]
SCHEMAS: list[tuple[Any, str]] = [
    ({"type": "object", "properties": {}, "required": []}, "'additionalProperties' is required"),
    (object_of(a={"type": "string"}) | {"required": []}, "Missing 'a'"),
    (object_of() | {"required": ["ghost"]}, "Extra required key 'ghost'"),
    (object_of(a={"type": "object", "properties": {}}), "('properties', 'a'), 'additionalProperties'"),
    (object_of(a={"type": "array"}), "array schema missing items"),
    (object_of(a={}), "schema must have a 'type' key"),
    (object_of(a={"type": "string", "minLength": 1}), "'minLength' is not permitted"),
    (object_of(a={"type": "string", "default": "x"}), "'default' is not permitted"),
    (object_of(a={"oneOf": [{"type": "string"}]}), "'oneOf' is not permitted"),
    (object_of(a={"$ref": "#/$defs/Ghost"}), "reference can only point to definitions"),
    ({"type": "array", "items": {"type": "string"}}, "'type: \"object\"'"),
    ({"anyOf": [object_of()]}, "'anyOf' is not permitted at the root"),
    ({"type": "objekt"}, "Invalid schema"),
]
EMBED = {"model": "text-embedding-3-small", "input": "x"}
EMBEDDINGS: list[tuple[dict[str, Any], int, str | None, str | None]] = [
    ({"input": "x"}, 400, None, None),
    ({"model": "text-embedding-3-small"}, 400, "missing_required_parameter", "input"),
    (EMBED | {"input": ""}, 400, None, "input"),
    (EMBED | {"input": []}, 400, "empty_array", "input"),
    (EMBED | {"input": ["x", ""]}, 400, None, "input"),
    (EMBED | {"input": [None]}, 400, "invalid_type", "input[0]"),
    (EMBED | {"input": ["x"] * 2049}, 400, "array_above_max_length", "input"),
    (EMBED | {"input": "слово " * 9000}, 400, "context_length_exceeded", None),
    (EMBED | {"input": ["слово " * 2000] * 100}, 400, "max_tokens_per_request", "input"),
    (EMBED | {"dimensions": 0}, 400, None, None),
    (EMBED | {"dimensions": 1537}, 400, None, None),
    (EMBED | {"model": "text-embedding-ada-002", "dimensions": 10}, 400, None, "dimensions"),
    (EMBED | {"model": "ghost"}, 404, "model_not_found", None),
    (EMBED | {"encoding_format": "hex"}, 400, "invalid_value", "encoding_format"),
    (EMBED | {"normalize": True}, 400, "unknown_parameter", "normalize"),
]


@pytest.mark.parametrize(("body", "status", "code", "param"), CHAT)
async def test_a_wrong_chat_request_is_refused(
    http: httpx.AsyncClient, body: dict[str, Any], status: int, code: str | None, param: str | None
) -> None:
    reply = await http.post("/chat/completions", json=body)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)


@pytest.mark.parametrize(("schema", "words"), SCHEMAS)
async def test_an_illegal_strict_schema_is_refused(http: httpx.AsyncClient, schema: Any, words: str) -> None:
    reply = await http.post("/chat/completions", json=GOOD | {"response_format": schema_of(schema)})
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "response_format"
    assert words in reply.json()["error"]["message"]


@pytest.mark.parametrize(("body", "status", "code", "param"), EMBEDDINGS)
async def test_a_wrong_embeddings_request_is_refused(
    http: httpx.AsyncClient, body: dict[str, Any], status: int, code: str | None, param: str | None
) -> None:
    reply = await http.post("/embeddings", json=body)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert (error["code"], error["param"]) == (code, param)


async def test_strangers_and_unknown_paths_are_turned_away(model_server: FakeOpenAI, http: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        nameless = await stranger.post(f"{model_server.base_url}/chat/completions", json=GOOD)
    nowhere = await http.post("/completions", json={})
    wrong_verb = await http.get("/chat/completions")
    broken = await http.post("/chat/completions", content=b"{")
    listed = await http.post("/chat/completions", content=b"[]")
    assert [r.status_code for r in (nameless, nowhere, wrong_verb, broken, listed)] == [401, 404, 405, 400, 400]
    assert "didn't provide an API key" in nameless.json()["error"]["message"]


async def test_azure_wants_its_key_a_version_and_a_deployment(model_server: FakeOpenAI) -> None:
    url = f"{model_server.azure_endpoint}/openai/deployments/gpt-4o/chat/completions"
    version = {"api-version": "2024-10-21"}
    key = {"api-key": model_server.api_key}
    async with httpx.AsyncClient(trust_env=False) as azure:
        fine = await azure.post(url, json={"messages": USER}, params=version, headers=key)
        wrong_key = await azure.post(url, json={"messages": USER}, params=version, headers={"api-key": "x"})
        versionless = await azure.post(url, json={"messages": USER}, headers=key)
        ghost = await azure.post(url.replace("gpt-4o", "ghost"), json={"messages": USER}, params=version, headers=key)
    assert [r.status_code for r in (fine, wrong_key, versionless, ghost)] == [200, 401, 404, 404]
    assert ghost.json()["error"]["code"] == "DeploymentNotFound"


async def test_a_429_says_when_to_come_back(http: httpx.AsyncClient, model_server: FakeOpenAI) -> None:
    model_server.fail("rate_limit", retry_after=7)
    reply = await http.post("/chat/completions", json=GOOD)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "7")
    assert reply.headers["x-ratelimit-remaining-requests"] == "0"


async def test_a_failure_can_be_limited_to_an_endpoint_a_model_and_a_text(
    http: httpx.AsyncClient, model_server: FakeOpenAI
) -> None:
    model_server.fail("server_error", endpoint="chat", model="gpt-4o", contains="poison", times=9)
    poisoned = GOOD | {"messages": [{"role": "user", "content": "poison"}]}
    replies = [
        await http.post("/chat/completions", json=GOOD),
        await http.post("/chat/completions", json=poisoned | {"model": "gpt-4o-mini"}),
        await http.post("/embeddings", json=EMBED | {"input": "poison"}),
        await http.post("/chat/completions", json=poisoned),
    ]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 500]
