"""The fake model server as a process, controlled over HTTP."""

import httpx

from tests.contract.fakes.process_of import process_of
from tests.contract.fakes.test_openai_refusals import GOOD


async def test_a_process_is_scripted_and_read_over_http() -> None:
    async with (
        process_of("tests.fakes.openai", "--port", "0", "--key", "sk-x") as addresses,
        httpx.AsyncClient(trust_env=False, headers={"authorization": "Bearer sk-x"}) as client,
    ):
        base = addresses["openai"]
        control = base.removesuffix("/v1") + "/control/"
        await client.post(f"{control}answer_with", json={"content": "scripted"})
        await client.post(f"{control}fail", json={"kind": "overloaded"})
        first = await client.post(f"{base}/chat/completions", json=GOOD)
        second = await client.post(f"{base}/chat/completions", json=GOOD)
        counts = (await client.post(f"{control}counts")).json()["result"]
        calls = (await client.post(f"{control}calls", json={"endpoint": "chat"})).json()["result"]
    assert first.status_code == 503
    assert second.json()["choices"][0]["message"]["content"] == "scripted"
    assert counts == {"chat": {"gpt-4o": {"failed overloaded": 1, "ok": 1}}}
    assert [call["body"]["model"] for call in calls] == ["gpt-4o", "gpt-4o"]
