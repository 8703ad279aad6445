"""A table of a backup may be larger than what a service's statements have time for."""

from pathlib import Path
from typing import Any

from supportbot.standalone.backup import postgres_copy


class Driver:
    """Takes a table, and notes how long it was given."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    async def copy_to_table(self, name: str, **given: Any) -> str:
        self.given = {"name": name, **given}
        return "COPY 1"


async def test_a_table_has_all_the_time_that_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("id,text\n1,hello\n", encoding="utf-8")
    driver = Driver()
    await postgres_copy._load(driver, "messages", 1, path)
    assert driver.given["timeout"] > 3600, "the driver would end it by the limit of the connection's statements"
    assert driver.given["columns"] == ["id", "text"]
