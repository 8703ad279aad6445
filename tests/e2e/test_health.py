"""The names that monitoring relies on."""

import re

import httpx
import pytest

from tests.e2e.deployment import Deployment
from tests.e2e.process import get

POOL = ("db_connection_pool_checked_out", "db_connection_pool_size", "db_connection_pool_overflow")


@pytest.mark.parametrize("path", ["/health", "/health/db", "/health/db/connections", "/health/ready", "/health/live"])
async def test_health_is_json_and_well(shared_deployment: Deployment, path: str) -> None:
    for process in shared_deployment.processes:
        answer = await process.get(path)
        assert answer.status_code == httpx.codes.OK
        assert answer.json()["status"] == "ok"


async def test_the_pool_is_described(shared_deployment: Deployment) -> None:
    for process in shared_deployment.processes:
        pool = (await process.get("/health/db/connections")).json()["connection_pool"]
        assert {"checked_out", "size", "overflow"} <= set(pool)
        assert all(isinstance(number, int) and number >= 0 for number in pool.values())


@pytest.mark.parametrize("path", ["/metrics", "/health/metrics", "/health/db/metrics"])
async def test_metrics_are_prometheus_text_with_the_promised_names(shared_deployment: Deployment, path: str) -> None:
    for process in shared_deployment.processes:
        answer = await process.get(path)
        assert answer.headers["content-type"].startswith("text/plain")
        for name in POOL:
            assert re.search(rf"^{name} \d", answer.text, re.MULTILINE), name


async def test_static_files_are_kept_for_long(shared_deployment: Deployment) -> None:
    for page in ((shared_deployment.base_url, "/"), (shared_deployment.inbox_url, "/inbox")):
        addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', (await get("".join(page))).text)
        assert addresses
        for address in addresses:
            answer = await get(f"{page[0]}{address}")
            assert "max-age=31536000" in answer.headers["cache-control"], address


async def test_an_unknown_page_is_a_404_and_no_traceback(shared_deployment: Deployment) -> None:
    for path in ("/nowhere", "/inbox/not-an-id", "/chat/passages/a/b", "/%00", "/..%2f..%2fetc/passwd", "/local/ask"):
        for process in shared_deployment.processes:
            assert 400 <= (await process.get(path)).status_code < 500, path
