"""Two versions of the product at once, as in every rollout: each leaves to the other what only that one can read."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiormq
import pytest

from supportbot.common.bus.topology import DEAD_QUEUE, EXCHANGE
from supportbot.common.contracts import decode
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.opener import postgres_url
from supportbot.common.database.schema.migrating import downgrade
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7
from supportbot.common.settings import CommonSettings
from tests.faults.conftest import StartSystem
from tests.faults.former import former_code, former_revision
from tests.faults.lengths import lasting
from tests.faults.repeats import labelled
from tests.faults.system import System
from tests.servers.databases import POOL

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
GOLDEN = Path(__file__).parents[1] / "contract" / "events" / "golden"
FINISHED = "supportbot_turns_finished_total"
ANSWERERS = ("answerer", "answerer 2")


@pytest.mark.fault(
    "F42",
    "two versions run together",
    "the code before the newest migration, from git, then replica after replica ours",
)
async def test_old_and_new_replicas_work_on_one_database_while_one_follows_the_other(
    system: System, tmp_path: Path
) -> None:
    old = former_code(tmp_path / "former")
    await system.until_quiet()
    await asyncio.gather(*(system.process(name).stop() for name in system.names))
    await take_schema_back(system)
    for process in system.services.processes:
        process.settings["PYTHONPATH"] = old
    system.services.launch()
    await system.until_ready(120)
    first = [name for name in system.names if not name.endswith(" 2")]
    system.people.begin()
    await system.people.until_asked(5)
    async with system.goes_on(answering=True):
        await system.restart(*first, PYTHONPATH="")
        revision = system.product.rows("SELECT version_num FROM alembic_version")[0][0]
        before = {name: await system.metric(name, FINISHED) for name in ANSWERERS}
        await system.people.until_asked(int(lasting(40, 400)), within_s=400)
    done = {name: await system.metric(name, FINISHED) - before[name] for name in ANSWERERS}
    system.saw(f"schema {former_revision()} brought to {revision} under the old ones")
    new, old_one = (f"{done[name]:.0f}" for name in ANSWERERS)
    system.saw(f"then {new} turns finished by the new answerer, {old_one} by the old one")
    assert revision != former_revision()
    assert all(done.values())
    await system.asks_again_and_recovers()
    late = system.process("answerer 2")
    await late.stop()
    late.launch()
    assert await late.until_ended(60)
    assert "of a newer version" in late.log()
    system.saw("an old one that starts only then refuses to, and says why")
    await system.restart("gateway 2", "answerer 2", PYTHONPATH="")
    await system.asks_again_and_recovers()
    assert not labelled(system)


async def take_schema_back(system: System) -> None:
    """Give the row's database the tables that the former version knows."""
    at = system.database.node.address
    settings = CommonSettings(
        db_host=at.host, db_port=at.port, db_user=at.user, db_password=at.password, db_name=system.database.name
    )
    database = PostgresDatabase(postgres_url(settings), POOL)

    async def work(tx: Transaction) -> None:
        await tx.connection.run_sync(downgrade, former_revision())

    await database.write(work)
    await database.close()


@pytest.mark.fault(
    "F42",
    "events of another version come",
    "every event as older versions wrote it, and some that only newer ones know",
)
async def test_events_of_older_versions_are_read_and_those_of_newer_ones_are_left_to_them(
    start_system: StartSystem,
) -> None:
    system = await start_system()
    await system.until_quiet()
    older = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.json"))]
    async with system.broker.channel() as channel:
        for body in older:
            event = decode(body)
            await publish(channel, event.routing_key, body, str(event.message_id))
        dead = (await channel.queue_declare(DEAD_QUEUE, passive=True)).message_count
        assert dead == 0, "an event of an older version was rejected"
        system.saw(f"{len(older)} events as they were written first: all read")
        newer = from_tomorrow()
        for key, event_of_tomorrow in newer:
            await publish(channel, key, json.dumps(event_of_tomorrow), event_of_tomorrow["message_id"])
        async with asyncio.timeout(30):
            while (await channel.queue_declare(DEAD_QUEUE, passive=True)).message_count < len(newer):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        system.saw(f"{len(newer)} of tomorrow: put aside, nobody fell over them")
    stranger = {**newer[0][1], "message_id": str(uuid7())}
    await system.database.run(
        "INSERT INTO outbox VALUES ($1::text::uuid, $2, '{}', now() - interval '1 hour')",
        stranger["message_id"],
        json.dumps(stranger),
    )
    async with system.goes_on(answering=True):
        system.people.begin()
        await asyncio.sleep(lasting(10, 60))
    waiting = f"id = '{stranger['message_id']}'"
    assert system.product.count("outbox", waiting) == 1
    system.saw("one of tomorrow's in the outbox stays there for who can read it, and holds up none behind it")
    await system.database.run("DELETE FROM outbox WHERE id = $1::text::uuid", stranger["message_id"])
    await system.asks_again_and_recovers()


def from_tomorrow() -> list[tuple[str, dict[str, Any]]]:
    """Events that this version does not know: of a higher version, and of another kind."""
    asked = json.loads((GOLDEN / "QuestionAsked.v1.json").read_text(encoding="utf-8"))
    uploaded = json.loads((GOLDEN / "DocumentUploaded.v1.json").read_text(encoding="utf-8"))
    return [
        (decode(json.dumps(asked)).routing_key, {**asked, "version": 2, "message_id": str(uuid7())}),
        (decode(json.dumps(uploaded)).routing_key, {**uploaded, "version": 2, "message_id": str(uuid7())}),
        (decode(json.dumps(asked)).routing_key, {**asked, "type": "QuestionMerged", "message_id": str(uuid7())}),
    ]


async def publish(channel: aiormq.abc.AbstractChannel, key: str, body: str, message_id: str) -> None:
    """Put an event on the exchange as a gateway does."""
    properties = aiormq.spec.Basic.Properties(message_id=message_id, delivery_mode=2)
    await channel.basic_publish(body.encode(), exchange=EXCHANGE, routing_key=key, properties=properties)
