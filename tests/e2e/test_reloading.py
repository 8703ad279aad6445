"""SIGHUP to a running process: it goes on, with new log files and the level that is set now."""

import json
import signal
from pathlib import Path

import httpx

from tests.e2e.conftest import NewProduct
from tests.e2e.product import Product
from tests.e2e.waiting import until


def move_away(log: Path) -> None:
    log.rename(log.with_name("app.log.1"))


def lines(path: Path) -> list[dict[str, str]]:
    """The lines of a log, without one that is being written."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


async def test_logs_that_were_moved_away_are_begun_anew(new_product: NewProduct, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    product = new_product(LOGS_PATH=str(logs))
    await product.start()
    move_away(logs / "app.log")
    before = lines(logs / "app.log.1")
    set_level(product, "LOUD")
    product.signal(signal.SIGHUP)
    await until(lambda: "the settings cannot be read again" in product.log(), product.log_tail)
    assert (await product.get("/health/live")).status_code == httpx.codes.OK

    set_level(product, "ERROR")
    product.signal(signal.SIGHUP)
    await until(
        lambda: [line for line in lines(logs / "app.log") if line.get("log_level") == "ERROR"], product.log_tail
    )
    assert lines(logs / "app.log.1") == before
    assert await product.stop() == 0
    assert "Stopping" not in product.log()  # it is no error


def set_level(product: Product, level: str) -> None:
    (product.folder / ".env").write_text(f"LOG_LEVEL={level}\n", encoding="utf-8")
