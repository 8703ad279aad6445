"""The fake Bot API as a process, controlled over HTTP."""

from typing import Any

import httpx

from tests.contract.fakes.process_of import process_of

TOKEN = "5:process"


async def test_a_process_is_driven_over_its_control_port() -> None:
    arguments = ("--port", "0", "--token", TOKEN, "--token", "6:second", "--state-port", "0")
    async with (
        process_of("tests.fakes.telegram", *arguments, lines=2) as addresses,
        httpx.AsyncClient(trust_env=False) as client,
    ):

        async def control(command: str, **named: Any) -> Any:
            reply = await client.post(f"{addresses['control']}{command}", json=named)
            assert reply.status_code == 200, reply.text
            return reply.json()["result"]

        await control("add_user", user_id=7, first_name="Anna")
        await control("user_says", chat_id=7, text="hello")
        bot = f"{addresses['telegram']}/bot{TOKEN}"
        updates = (await client.get(f"{bot}/getUpdates")).json()["result"]
        assert updates[0]["message"]["text"] == "hello"
        await control("fail", method="sendMessage", status=502, after_accept=True)
        lost = await client.post(f"{bot}/sendMessage", json={"chat_id": 7, "text": "hi"})
        assert lost.status_code == 502
        sent = await control("wait_for_message", chat_id=7, contains="hi")
        assert (sent["text"], sent["method"]) == ("hi", "sendMessage")
        assert [s["text"] for s in await control("sent", chat_id=7)] == ["hi"]
        assert (await control("counts"))["sendMessage"] == {"failed 502 after accept": 1}
        second = await client.post(f"{addresses['control']}sent?bot=6:second")
        assert second.json() == {"result": []}


async def test_wrong_commands_are_explained() -> None:
    async with process_of("tests.fakes.telegram") as addresses, httpx.AsyncClient(trust_env=False) as client:
        base = f"{addresses['telegram']}/control"
        unknown = await client.post(f"{base}/explode")
        wrong = await client.post(f"{base}/add_user", json={"name": "Anna"})
        nobody = await client.post(f"{base}/sent?bot=1:x")
        late = await client.post(f"{base}/wait_for_message", json={"chat_id": 7, "timeout_s": 0.01})
    assert (unknown.status_code, wrong.status_code, nobody.status_code, late.status_code) == (404, 400, 404, 408)
    assert "unknown command explode" in unknown.json()["error"]
