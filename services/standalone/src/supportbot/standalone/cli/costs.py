"""`supportbot costs`."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated

import typer

from supportbot.common.database.model_costs import GROUPINGS, CostLine
from supportbot.common.database.model_costs import costs as sums
from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.settings import CommonSettings
from supportbot.standalone.joining import load_joined

MICRO = 1_000_000
By = Enum("By", {name: name for name in GROUPINGS}, type=str)  # type: ignore[misc]  # typer reads choices from an enum


def costs(
    *,
    by: Annotated[By, typer.Option(help="What to sum up by.")] = By("day"),  # noqa: B008  # typer's own form
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days, today included.")] = 30,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show what was paid to models. Costs are in the currency of MODEL_PRICES."""
    found = asyncio.run(_read(by.value, days, limit))
    if as_json:
        for line in found:
            print(json.dumps({**asdict(line), "cost": line.cost / MICRO}))
    elif found:
        _show(found)
    else:
        print("No model was paid in that time.")


async def _read(by: str, days: int, limit: int) -> Sequence[CostLine]:
    database = await open_database(load_joined(CommonSettings), COMMAND)
    today = datetime.now(UTC).date()
    try:
        return await database.read(
            lambda connection: sums(
                connection,
                by=next(one for one in GROUPINGS if one == by),
                since=today - timedelta(days=days - 1),
                until=today,
                limit=limit,
            )
        )
    finally:
        await database.close()


def _show(found: Sequence[CostLine]) -> None:
    print(f"{'':38} {'calls':>8} {'in':>11} {'out':>9} {'cost':>12} {'questions':>9}")
    for line in found:
        tokens = f"{line.prompt_tokens:>11} {line.completion_tokens:>9}"
        print(f"{line.group:38} {line.calls:>8} {tokens} {line.cost / MICRO:>12.4f} {line.questions:>9}")
    unpriced = sum(line.unpriced for line in found)
    if unpriced:
        print(f"{unpriced} calls were of models that MODEL_PRICES does not name; the costs lack them.")
