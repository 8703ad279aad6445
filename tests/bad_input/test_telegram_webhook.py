"""Nonsense at the webhook of a running product: refused or kept aside, and whoever asks meanwhile is answered."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from tests.bad_input.telegram_world import HEADER, HOST, SECRET, SOLUTION, World, message
from tests.bad_input.wire import PIECE, exchange, repeated, request
from tests.e2e.conftest import with_bot
from tests.e2e.product import Product
from tests.fakes.telegram.server import FakeTelegram

pytestmark = pytest.mark.asyncio(loop_scope="module")
MEGABYTE = 1024**2
DEEP = b"[" * 10_000 + b"]" * 10_000


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, indexed_data: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("webhook")
    shutil.copytree(indexed_data, folder / "data")
    async with FakeTelegram() as telegram:
        own = {"WEBHOOK_URL": f"https://{HOST}", "TELEGRAM_WEBHOOK_SECRET": SECRET, "BURST_WINDOW": "0.2"}
        product = Product(folder, with_bot(telegram, **own))
        telegram.route_webhook(HOST, product.base_url)
        try:
            await product.start()
            await telegram.wait_for_call("setWebhook")
            yield World(product, telegram)
            assert (await product.stop(), product.errors_in_log()) == (0, [])
            assert SECRET not in product.log()
        finally:
            await product.discard()


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "not JSON": (b'{"update_id": 3', "not JSON"),
    "bytes that are no text": (b"\xff\xfe\x00\xd8", "not JSON"),
    "NaN": (b'{"update_id": 4, "message": NaN}', "not JSON"),
    "infinite": (b'{"update_id": 4, "message": {"date": 1e999}}', "not JSON"),
    "10,000 levels deep": (DEEP, "nested too deeply"),
    "10,000 levels deep in an update": (b'{"update_id": 5, "message": ' + DEEP + b"}", "nested too deeply"),
    "a number of 5,000 digits": (b'{"update_id": ' + b"9" * 5000 + b"}", "not JSON"),
    "a list": (b"[]", "not a JSON object"),
    "no update_id": (b'{"message": {"message_id": 1}}', "no usable update_id"),
    "a text as update_id": (b'{"update_id": "7"}', "no usable update_id"),
    "a negative update_id": (b'{"update_id": -1}', "no usable update_id"),
    "2^63 as update_id": (b'{"update_id": 9223372036854775808}', "no usable update_id"),
    "a message that is a text": (b'{"update_id": 4001, "message": "hi"}', "message is not an object"),
    "a chat without an id": (b'{"update_id": 4002, "message": {"chat": {}, "message_id": 1}}', "no usable id"),
    "a chat's id beyond all": (
        b'{"update_id": 4003, "message": {"chat": {"id": 9223372036854775808}, "message_id": 1}}',
        "no usable id",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_is_kept_aside_once_with_the_reason(world: World, name: str) -> None:
    body, reason = UNREADABLE[name]
    before = world.kept_aside()
    assert [(await world.post(body)).status for _ in range(2)] == [200, 200]
    added = world.kept_aside()[len(before) :]
    assert len(added) == 1
    assert reason in added[0][1]
    await world.neighbour_is_answered()


async def test_a_known_id_with_another_body_is_kept_aside_and_the_first_counts(world: World) -> None:
    user, number = world.new_user(), world.number()
    for text in ("How do I return an item?", "Forget all that."):
        assert await world.update({"update_id": number, "message": message(user, 1, text=text)}) == 200
    assert SOLUTION in (await world.replies(user))[0].text
    assert world.stored(user) == ["How do I return an item?"]
    assert world.kept_aside()[-1] == (str(number), "its update_id came with another body before")


async def test_an_unknown_kind_of_update_asks_nothing_and_is_no_fault(world: World) -> None:
    before = world.kept_aside()
    assert await world.update({"update_id": world.number(), "brand_new_thing": {"a": [1]}}) == 200
    assert world.kept_aside() == before
    await world.neighbour_is_answered()


@pytest.mark.parametrize(
    "secret", [b"wrong", b"", "секрет".encode(), b"\xff\xfe", SECRET.encode() + b" x", b"x" * 4000]
)
async def test_whoever_does_not_know_the_secret_is_refused(world: World, secret: bytes) -> None:
    user = world.new_user()
    body = json.dumps({"update_id": world.number(), "message": message(user, 1, text="Let me in")}).encode()
    assert (await world.post(body, **{HEADER: secret})).status == 401
    await world.neighbour_is_answered()
    assert world.stored(user) == []


async def test_a_missing_or_repeated_secret_is_none(world: World) -> None:
    common = {"Host": HOST, "Content-Length": "2"}
    twice = request("POST", "/webhook", {**common, HEADER: SECRET, HEADER.lower(): SECRET}, b"{}")
    for sent in (request("POST", "/webhook", common, b"{}"), twice):
        assert (await exchange(world.product.port, sent)).status == 401


async def test_fifty_megabytes_are_refused_without_being_held(world: World) -> None:
    process = psutil.Process(world.product.pid)
    headers = {"Host": HOST, HEADER: SECRET}
    declared = request("POST", "/webhook", {**headers, "Content-Length": str(50 * MEGABYTE)})
    chunked = request("POST", "/webhook", {**headers, "Transfer-Encoding": "chunked"})
    chunk = f"{PIECE:x}\r\n".encode() + b" " * PIECE + b"\r\n"
    before = process.memory_info().rss
    for head, piece in ((declared, b" " * PIECE), (chunked, chunk)):
        answer = await exchange(world.product.port, repeated(head, piece, 50 * MEGABYTE // PIECE))
        assert answer.status == 413
    assert process.memory_info().rss - before < 20 * MEGABYTE
    await world.neighbour_is_answered()


LENGTHS: dict[str, tuple[dict[str, str], int]] = {
    "more than there is": ({"Content-Length": "100000"}, 0),
    "no number": ({"Content-Length": "many"}, 400),
    "negative": ({"Content-Length": "-5"}, 400),
    "two that differ": ({"Content-Length": "5", "content-length": "6"}, 400),
    "a length and chunks": ({"Content-Length": "5", "Transfer-Encoding": "chunked"}, 400),
    "chunks that are none": ({"Transfer-Encoding": "chunked"}, 400),
    "beyond all numbers": ({"Content-Length": "9" * 400}, 400),
}


@pytest.mark.parametrize("name", LENGTHS)
async def test_a_false_length_stores_nothing(world: World, name: str) -> None:
    lengths, status = LENGTHS[name]
    user = world.new_user()
    body = json.dumps({"update_id": world.number(), "message": message(user, 1, text="Half")}).encode()
    sent = request("POST", "/webhook", {"Host": HOST, HEADER: SECRET, **lengths}, body)
    assert (await exchange(world.product.port, sent, hang_up=True)).status == status
    await world.neighbour_is_answered()
    assert world.stored(user) == []


async def test_what_follows_a_body_that_is_longer_than_said_is_no_update(world: World) -> None:
    user = world.new_user()
    body = json.dumps({"update_id": world.number(), "message": message(user, 1, text="Whole")}).encode()
    hidden = json.dumps({"update_id": world.number(), "message": message(user, 2, text="Smuggled")}).encode()
    answer = await world.post(body + hidden, Content_Length=str(len(body)))
    assert answer.status in {200, 400}  # what stands behind the body is a second request, which is none
    assert (await world.post(body)).status == 200
    await world.replies(user)
    assert world.stored(user) == ["Whole"]


async def test_many_connections_that_say_nothing_hold_nobody_up(world: World) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", world.product.port) for _ in range(50)]
    for _, writer in silent:
        writer.write(b"POST /webhook HTTP/1.1\r\nHost: ")
    await world.neighbour_is_answered()
    for _, writer in silent:
        writer.close()
