"""The published description of the events is true."""

import json
from uuid import uuid4

import jsonschema

from supportbot.common.bus.topology import WORK_QUEUES
from supportbot.common.contracts import AnswerReady, CitationData, DocumentUploaded, encode
from supportbot.common.contracts.envelope import Event, known_events
from tools.asyncapi import PATH, document, render


def test_the_document_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "run: .venv/bin/python -m tools.asyncapi"


def test_every_event_and_every_queue_is_described() -> None:
    channels = document()["channels"]

    assert set(channels) == {event.routing_key for event in known_events().values()} | {q.name for q in WORK_QUEUES}


def test_references_lead_somewhere() -> None:
    described = document()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                found = described
                for part in node["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
            for child in node.values():
                walk(child)

    walk(described)


def test_events_are_as_described() -> None:
    described = document()
    citation = CitationData(document="returns.md", title="Возврат", quote="14 дней", chunk_id=uuid4())
    events: list[Event] = [
        DocumentUploaded(correlation_id=uuid4(), document="returns.md", document_version="1"),
        AnswerReady(
            correlation_id=uuid4(),
            conversation_id=uuid4(),
            reply_key="a:1:0",
            turn_to=1,
            channel="web",
            text="14 дней",
            confidence=0.9,
            citations=(citation,),
        ),
    ]

    for event in events:
        schema = {**described, "$ref": f"#/components/schemas/{type(event).__name__}"}
        jsonschema.validate(json.loads(encode(event)), schema)
        other = json.loads(encode(event)) | {"type": "Another"}
        assert list(jsonschema.Draft202012Validator(schema).iter_errors(other))
