"""The default answers: plausible, deterministic, and always of the shape that the schema asks for."""

import json
from typing import Any

import httpx
import jsonschema

from tests.contract.fakes.test_openai_refusals import object_of, schema_of

PASSAGES = """[1] Доставка по России занимает пять дней.
[2] Возврат денег возможен в течение 14 дней. Чек обязателен.
[3] The office opens at nine."""
INTEGERS = {"type": "array", "items": {"type": "integer"}}


async def filled(http: httpx.AsyncClient, schema: dict[str, Any], *texts: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": text} for text in texts]
    body = {"model": "gpt-4o", "messages": messages, "response_format": schema_of(schema)}
    reply = await http.post("/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = json.loads(reply.json()["choices"][0]["message"]["content"])
    jsonschema.validate(found, schema)
    return found


def asked(question: str) -> str:
    return f"{PASSAGES}\n\nQuestion: {question}"


async def test_rankings_hold_all_passages_best_first(http: httpx.AsyncClient) -> None:
    for name in ("ranking", "order", "relevant_passages"):
        found = await filled(http, object_of(**{name: INTEGERS}), asked("Возможен ли возврат денег?"))
        assert found[name][0] == 2
        assert sorted(found[name]) == [1, 2, 3]


async def test_scored_rankings_fall(http: httpx.AsyncClient) -> None:
    item = object_of(passage={"type": "integer"}, score={"type": "number", "minimum": 0, "maximum": 10})
    schema = object_of(ranking={"type": "array", "items": item})
    ranking = (await filled(http, schema, asked("When does the office open?")))["ranking"]
    assert ranking[0]["passage"] == 3
    scores = [entry["score"] for entry in ranking]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0 == scores[-1]


async def test_answers_are_in_the_words_of_the_passage_and_cite_it(http: httpx.AsyncClient) -> None:
    schema = object_of(
        answer={"type": "string"},
        citations=INTEGERS,
        confidence={"type": "number"},
        answerable={"type": "boolean"},
        language={"type": "string", "enum": ["en", "ru"]},
        needs_human={"type": "boolean"},
    )
    found = await filled(http, schema, asked("Сколько дней занимает доставка?"))
    assert found["answer"] == "Доставка по России занимает пять дней. [1]"
    assert (found["citations"], found["answerable"]) == ([1], True)
    assert (found["language"], found["needs_human"]) == ("ru", False)


async def test_a_question_beside_the_documents_is_not_answered(http: httpx.AsyncClient) -> None:
    schema = object_of(
        answer={"anyOf": [{"type": "string"}, {"type": "null"}]},
        citations=INTEGERS,
        confidence={"type": "number"},
        answerable={"type": "boolean"},
        escalate={"type": "boolean"},
    )
    found = await filled(http, schema, asked("Can I bring my parrot?"))
    assert (found["citations"], found["answerable"], found["escalate"]) == ([], False, True)
    assert found["confidence"] < 0.5
    assert "[" not in found["answer"]


async def test_a_follow_up_is_rewritten_with_the_question_before(http: httpx.AsyncClient) -> None:
    found = await filled(http, object_of(query={"type": "string"}), "Как оформить возврат?", "А срок?")
    assert found["query"] == "Как оформить возврат? А срок?"
    alone = await filled(http, object_of(standalone_question={"type": "string"}), "Сколько стоит доставка в Казань?")
    assert alone["standalone_question"] == "Сколько стоит доставка в Казань?"


async def test_each_sentence_of_a_draft_is_checked_against_the_passages(http: httpx.AsyncClient) -> None:
    item = object_of(sentence={"type": "string"}, supported={"type": "boolean"})
    schema = object_of(sentences={"type": "array", "items": item}, supported={"type": "boolean"})
    draft = "Возврат денег возможен в течение 14 дней [2]. Директор живёт в Париже [3]."
    found = await filled(http, schema, f"{asked('Как вернуть деньги?')}\n\nAnswer: {draft}")
    assert [entry["supported"] for entry in found["sentences"]] == [True, False]
    assert found["supported"] is False


async def test_tagged_passages_and_questions_are_understood_too(http: httpx.AsyncClient) -> None:
    text = (
        '<passage id="7">The office opens at nine.</passage>\n<passage id="8">Refunds take 14 days.</passage>\n'
        "<question>When does the office open?</question>"
    )
    found = await filled(http, object_of(answer={"type": "string"}, citations=INTEGERS), text)
    assert found == {"answer": "The office opens at nine. [7]", "citations": [7]}


async def test_odd_schemas_are_filled_validly(http: httpx.AsyncClient) -> None:
    schema = object_of(
        kind={"const": "x"},
        level={"type": ["string", "null"]},
        verdict={"type": "string", "enum": ["supported", "not_supported"]},
        deep=object_of(more={"type": "array", "items": {"type": "boolean"}, "minItems": 5, "maxItems": 6}),
        shared={"$ref": "#/$defs/Shared"},
        nothing={"type": "null"},
        percent={"type": "integer", "minimum": 0, "maximum": 100},
    ) | {"$defs": {"Shared": object_of(count={"type": "integer"})}}
    assert (await filled(http, schema, asked("When does the office open?")))["verdict"] == "supported"


async def test_equal_requests_get_equal_answers(http: httpx.AsyncClient) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": asked("When does the office open?")}]}
    first, second = [(await http.post("/chat/completions", json=body)).json() for _ in range(2)]
    assert first["choices"] == second["choices"]
    assert first["usage"] == second["usage"]
    assert first["id"] != second["id"]
