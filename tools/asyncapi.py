"""Write docs/asyncapi.json: every event, exchange and queue, as AsyncAPI 3, from the contracts and the topology.

Usage: .venv/bin/python -m tools.asyncapi
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from supportbot.common.bus.topology import (
    DEAD_ARGUMENTS,
    DEAD_QUEUE,
    EXCHANGE,
    LIVE_EXCHANGE,
    MAX_BYTES,
    WORK_QUEUES,
    WorkQueue,
    is_work,
    work_arguments,
)
from supportbot.common.contracts.envelope import Event, known_events

PATH = Path(__file__).parents[1] / "docs" / "asyncapi.json"
_BINDING_VERSION = "0.3.0"
_DESCRIPTION = (
    "Events are facts that have been stored. Each may be lost, late, repeated or out of order; the database is the "
    f"truth. They are published, confirmed and persistent, to the topic exchange `{EXCHANGE}`, and once more, for live "
    f"views and not kept, to `{LIVE_EXCHANGE}` under the same routing key. A message's `message-id` is that of its "
    f"event, its headers may hold W3C trace context, and it has at most {MAX_BYTES} bytes. What is no event is "
    f"rejected into the queue `{DEAD_QUEUE}`, which keeps the newest {DEAD_ARGUMENTS['x-max-length']} for a week. "
    "Drafts (`AnswerProgressed`) go to the second exchange only and live for seconds. "
    "To consume events elsewhere, bind a queue of your own to the exchange."
)


def document() -> dict[str, Any]:
    """The AsyncAPI document."""
    events = sorted(known_events().values(), key=lambda event: event.routing_key)
    schemas: dict[str, Any] = {}
    messages = {event.__name__: _message(event, schemas) for event in events}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "supportbot events", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            **{event.routing_key: _event_channel(event) for event in events},
            **{queue.name: _queue_channel(queue) for queue in WORK_QUEUES},
        },
        "operations": {
            **{f"publish{event.__name__}": _publishing(event) for event in events},
            **{f"consume_{queue.name.replace('.', '_')}": _consuming(queue) for queue in WORK_QUEUES},
        },
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


def render() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def _message(event: type[Event], schemas: dict[str, Any]) -> dict[str, Any]:
    name = event.__name__
    payload = event.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update(payload.pop("$defs", {}))
    payload["properties"] = {"type": {"const": name}, **payload["properties"]}
    payload["required"] = ["type", *payload.get("required", ())]
    schemas[name] = payload
    return {
        "name": name,
        "title": name,
        "summary": payload.pop("description", ""),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "properties": {"traceparent": {"type": "string"}, "tracestate": {"type": "string"}},
        },
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"amqp": {"messageType": name, "bindingVersion": _BINDING_VERSION}},
    }


def _event_channel(event: type[Event]) -> dict[str, Any]:
    name = EXCHANGE if event.lives_s is None else LIVE_EXCHANGE
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": event.routing_key,
        "messages": _references([event]),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": _BINDING_VERSION}},
    }


def _queue_channel(queue: WorkQueue) -> dict[str, Any]:
    properties = {"name": queue.name, "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "address": queue.name,
        "description": "Shared by all processes of one kind; each event goes to one of them.",
        "messages": _references(queue.events),
        "bindings": {"amqp": {"is": "queue", "queue": properties, "bindingVersion": _BINDING_VERSION}},
        "x-arguments": work_arguments("quorum"),
        "x-bound-by": list(queue.routing_keys),
    }


def _publishing(event: type[Event]) -> dict[str, Any]:
    kept = {"deliveryMode": 2, "mandatory": is_work(event)}
    passing = {"deliveryMode": 1, "mandatory": False, "expiration": int((event.lives_s or 0) * 1000)}
    binding = {**(kept if event.lives_s is None else passing), "bindingVersion": _BINDING_VERSION}
    return {"action": "send", "channel": _channel(event.routing_key), "bindings": {"amqp": binding}}


def _consuming(queue: WorkQueue) -> dict[str, Any]:
    binding = {"ack": True, "bindingVersion": _BINDING_VERSION}
    return {"action": "receive", "channel": _channel(queue.name), "bindings": {"amqp": binding}}


def _channel(name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{name}"}


def _references(events: Iterable[type[Event]]) -> dict[str, dict[str, str]]:
    return {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in events}


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    print(f"{PATH.relative_to(PATH.parents[1])} written")
