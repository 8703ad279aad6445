"""A program with a key: what it uploads is answered from, over kills as well, and what it sends is never held whole."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil

from tests.e2e.commands import TRACEBACK, Finished, run_command
from tests.e2e.conftest import NewDeployment
from tests.e2e.deployment import Deployment
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import until

ARTICLE = "# Parking at the observatory\n\nVisitors park their telescopes in the blue hangar, which closes at 23:40.\n"
QUESTION = "Where do visitors park their telescopes?"
DOCUMENTS = "/api/v1/documents"
ID = "~uploads/observatory.md"
KILLS = 4
MEGABYTE = 1024**2


async def new_key(deployment: Deployment, *options: str) -> str:
    """A key, made as people make one."""
    process = deployment.processes[0]
    done = await run_command(
        "keys", "create", "a program", *options, folder=deployment.folder, settings=dict(process.settings)
    )
    assert done.code == 0, done.said
    return done.output.strip()


@asynccontextmanager
async def program(deployment: Deployment, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that uses the API with this key."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=deployment.inbox_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


async def upload(client: httpx.AsyncClient, text: str = ARTICLE) -> dict[str, Any]:
    sent = await client.post(DOCUMENTS, files={"file": ("observatory.md", text.encode())})
    assert sent.status_code == 202, sent.text
    document: dict[str, Any] = sent.json()
    return document


async def until_live(client: httpx.AsyncClient, version: str) -> None:
    async with asyncio.timeout(30):
        while True:
            document = (await client.get(f"{DOCUMENTS}/{ID}")).json()
            if (document.get("state"), document.get("version")) == ("live", version):
                return
            await asyncio.sleep(0.05)


async def test_an_upload_is_answered_from_replaced_and_removed(deployment: Deployment) -> None:
    key = await new_key(deployment, "--scope", "documents")
    async with program(deployment, key) as client, Visitor(deployment.base_url) as visitor:
        await until_live(client, (await upload(client))["version"])
        reply = await visitor.ask(QUESTION)
        assert "blue hangar" in reply.text
        assert reply.sources == ["Parking at the observatory"]

        await until_live(client, (await upload(client, ARTICLE.replace("blue", "green")))["version"])
        assert "green hangar" in (await visitor.ask(QUESTION)).text

        assert (await client.delete(f"{DOCUMENTS}/{ID}")).status_code == 202
        gone = f"SELECT count(*) FROM documents WHERE id = '{ID}'"
        await until(lambda: deployment.rows(gone)[0][0] == 0, "the document leaves")
        assert "hangar" not in (await visitor.ask(QUESTION)).text
        assert (await client.get("/api/v1/dead-letters")).status_code == 403
    assert key.removeprefix("sb_") not in deployment.log()
    assert deployment.errors_in_log() == []


async def test_an_upload_without_end_is_refused_and_not_held_in_memory(new_deployment: NewDeployment) -> None:
    deployment = new_deployment(UPLOAD_LIMIT="40MB")
    await deployment.start()
    process = psutil.Process(_admin_api(deployment))
    key = await new_key(deployment)
    async with program(deployment, key) as client:
        await client.post(DOCUMENTS, params={"name": "a.txt"}, content=b"a")  # what is loaded only once is loaded now
        before, most = process.memory_info().rss, 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal most
            for _ in range(60):
                yield b"x" * MEGABYTE
                most = max(most, process.memory_info().rss)

        refused = await client.post(DOCUMENTS, params={"name": "a.txt"}, content=endless())
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
        assert most - before < 20 * MEGABYTE
        assert (await client.get(DOCUMENTS)).status_code == 200


def _admin_api(deployment: Deployment) -> int:
    (pid,) = {process.pid for process in deployment.processes if process.base_url == deployment.inbox_url}
    return pid


async def test_whatever_was_accepted_is_live_in_the_end_over_kills(product: Product) -> None:
    key = await new_key(product)
    moments = random.Random(11)
    async with program(product, key) as client, Visitor(product.base_url) as visitor:
        await until_live(client, (await upload(client))["version"])
        for number in range(KILLS):
            accepted = await upload(client, ARTICLE.replace("blue", f"number {number}"))
            await asyncio.sleep(moments.uniform(0.0, 0.15))
            await product.kill()
            await product.start()
            assert "hangar" in (await visitor.ask(QUESTION)).text  # of this version or of the one before
            await until_live(client, accepted["version"])
        assert f"number {KILLS - 1} hangar" in (await visitor.ask(QUESTION)).text


async def test_an_upload_that_a_kill_cut_off_leaves_nothing_and_can_be_sent_again(product: Product) -> None:
    key = await new_key(product)

    async def slow() -> AsyncIterator[bytes]:
        yield ARTICLE.encode()
        arriving = product.folder / "data" / "files" / "arriving"
        await until(lambda: arriving.is_dir() and any(arriving.iterdir()), "the upload has begun")
        await product.kill()
        yield b"never read"

    async with program(product, key) as client:
        try:
            await client.post(DOCUMENTS, params={"name": "observatory.md"}, content=slow())
            raise AssertionError("an upload was answered by nobody")
        except httpx.TransportError:
            pass
        await product.start()
        assert (await client.get(f"{DOCUMENTS}/{ID}")).status_code == 404
        await until_live(client, (await upload(client))["version"])


async def test_keys_are_made_listed_and_revoked_beside_a_running_process(shared_product: Product) -> None:
    async def keys(*arguments: str) -> Finished:
        return await run_command(
            "keys", *arguments, folder=shared_product.folder, settings=dict(shared_product.settings)
        )

    made = await keys("create", "Сборка сайта", "--scope", "documents")
    key = made.output.strip()
    assert (made.code, key.startswith("sb_"), "cannot be shown again" in made.errors) == (0, True, True)
    async with program(shared_product, key) as client:
        assert (await client.get(DOCUMENTS)).status_code == 200
        (listed,) = [json.loads(line) for line in (await keys("list", "--json")).output.splitlines()]
        assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("Сборка сайта", ["documents"], None)
        table = (await keys("list")).output
        assert listed["id"] in table
        assert key not in table
        assert (await keys("revoke", listed["id"])).code == 0
        assert (await client.get(DOCUMENTS)).status_code == 401
    again = await keys("revoke", listed["id"])
    assert (again.code, TRACEBACK in again.said) == (1, False)
    assert (await keys("create", "x", "--scope", "everything")).code == 2
    assert (await keys("create", "")).code == 2
