"""`supportbot calibrate`."""

import asyncio
import json
from typing import Annotated

import typer

from supportbot.answerer.domain.recalibration import AS_IS, Recalibration
from supportbot.answerer.evaluation.refit import Refit, refit
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.database.calibrations import newest_calibration, rated_answers, store_calibration
from supportbot.common.database.chosen_settings import chosen_threshold
from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.settings import load_settings


def calibrate(
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Let it hold; without, only what would change is shown.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Let confidence be as it was made, without votes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put confidence right by the votes on answers. It is kept in the database and holds within a minute."""
    if reset:
        asyncio.run(_store(AS_IS, 0, {"reset": True}))
        print("Confidence is as it was made again, within a minute.")
        return
    found = asyncio.run(_refit())
    if as_json:
        print(json.dumps(found.report()))
    else:
        _show(found)
    if apply and found.helps:
        asyncio.run(_store(found.recalibration, found.up + found.down, found.report()))
    if not as_json:
        print(_what_now(found, apply=apply))


async def _refit() -> Refit:
    settings = load_settings(AnswererSettings)
    database = await open_database(settings, COMMAND)
    try:
        rated = await database.read(rated_answers)
        stored = await database.read(newest_calibration)
        threshold = await database.read(chosen_threshold)
    finally:
        await database.close()
    now = Recalibration(stored.slope, stored.intercept) if stored else AS_IS
    return refit(rated, settings.confidence_threshold if threshold is None else threshold, now)


async def _store(found: Recalibration, ratings: int, report: dict[str, object]) -> None:
    database = await open_database(load_settings(AnswererSettings), COMMAND)
    try:
        await database.write(
            lambda tx: store_calibration(
                tx, slope=found.slope, intercept=found.intercept, ratings=ratings, report=report
            )
        )
    finally:
        await database.close()


def _show(found: Refit) -> None:
    print(f"{found.up + found.down} votes: {found.up} up, {found.down} down")
    print(f"{'':20} {'now':>8} {'refitted':>9}   (refitted: on votes that it had not seen)")
    for name in ("log_loss", "brier", "calibration_error"):
        print(f"{name:20} {getattr(found.before, name):>8.4f} {getattr(found.after, name):>9.4f}")
    print(f"A confidence of {found.raw_threshold:.2f} would count as the threshold of {found.threshold:.2f}:")
    print(f"of {found.answered} rated answers that are given now, {found.still_answered} still would be.")
    print("Only answers are voted on, not escalations: what it says of low confidences is a guess.")


def _what_now(found: Refit, *, apply: bool) -> str:
    if not found.helps:
        return "It would foretell votes no better than now; nothing was changed."
    return "It holds within a minute." if apply else "Nothing was changed; --apply lets it hold."
