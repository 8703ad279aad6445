"""`supportbot diagnose`, `monitor`, `maintain` and `recover`."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportbot.standalone.joining import load_joined
from supportbot.standalone.settings import StandaloneSettings

if TYPE_CHECKING:
    from supportbot.standalone.operations.monitoring import Part

ATTENTION = 5
"""All was done, and something needs a person."""
NOT_RECOVERED = 1
_LOG = "auto_recovery.log"
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def diagnose(*, as_json: AsJson = False) -> None:
    """Print what is wrong, with what to do, and everything that somebody who helps would ask for. Secrets are hidden.

    Ends with exit code 5 where something is wrong.
    """
    from supportbot.standalone.operations.diagnosing import diagnose as look

    report = asyncio.run(look(load_joined(StandaloneSettings)))
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1, default=str))
    else:
        _print_findings(report["findings"])
        for title, part in report.items():
            if title != "findings":
                print(f"=== {title.replace('_', ' ')} ===")
                _print_part(part, "")
                print()
    if report["findings"]:
        raise typer.Exit(ATTENTION)


def _print_findings(found: Sequence[dict[str, str]]) -> None:
    print("=== what is wrong ===")
    for number, one in enumerate(found, start=1):
        print(f"{number}. {one['what']}\n   → {one['do']}")
    if not found:
        print("Nothing was found. What the parts below say may help all the same.")
    print()


def _print_part(part: Any, indent: str) -> None:
    if isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, dict | list) and value:
                print(f"{indent}{name}:")
                _print_part(value, indent + "  ")
            else:
                print(f"{indent}{name}: {'–' if value in (None, [], {}) else value}")
    elif isinstance(part, list):
        for value in part:
            shown = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
            print(f"{indent}- {shown}")
    else:
        print(f"{indent}{part}")


def monitor(
    *,
    tell: Annotated[bool, typer.Option("--tell", help="Write to ADMIN_CHAT_ID and SMTP_TO what is not well.")] = False,
    changes: Annotated[
        bool,
        typer.Option("--changes", help="With --tell, for a timer: only what two looks in a row found, and its end."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at the machine, our processes and their connections, Telegram and the model, once. Nothing is changed.

    Ends with exit code 5 where something is not well: processor, memory or a disk over 80 %, a process that is not
    ready, a pool that is nearly used up, somebody who does not answer.
    """
    from supportbot.standalone.operations.monitoring import monitor as look

    settings = load_joined(StandaloneSettings)
    parts = asyncio.run(look(settings))
    unwell = [part for part in parts if not part.is_well]
    if as_json:
        print(json.dumps([{"name": one.name, "is_well": one.is_well, "said": one.said} for one in parts]))
    else:
        for one in parts:
            print(f"{'ok' if one.is_well else 'attention':9} {one.name:20} {one.said}")
    if tell:
        _tell(settings, parts, changes=changes)
    if unwell:
        raise typer.Exit(ATTENTION)


def _tell(settings: StandaloneSettings, parts: "Sequence[Part]", *, changes: bool) -> None:
    from supportbot.standalone.operations.asking import tell_admin
    from supportbot.standalone.operations.telling import Remembered, news, remember, remembered

    at_once = Remembered(seen=[part.name for part in parts])
    text, now_known = news(remembered(settings.data_folder) if changes else at_once, parts, datetime.now(UTC))
    problem = asyncio.run(tell_admin(settings, text)) if text else None
    if problem:
        print(problem, file=sys.stderr)
    elif changes:
        try:
            remember(settings.data_folder, now_known)
        except OSError as error:
            print(f"What was told cannot be remembered in {settings.data_folder}: {error.strerror}", file=sys.stderr)


def maintain(*, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Do the weekly upkeep, while everything runs: database, old logs, our keys in Redis; look at disks and services.

    Ends with exit code 5 where something needs a person, with 1 where a step failed.
    """
    from supportbot.standalone.operations.maintaining import maintain as tidy

    if not yes and not dry_run:
        typer.confirm("Tidy the database, remove rotated logs older than 7 days and our keys in Redis?", abort=True)
    steps = asyncio.run(tidy(load_joined(StandaloneSettings), dry_run=dry_run))
    if as_json:
        print(json.dumps([{"name": one.name, "outcome": one.outcome, "said": one.said} for one in steps]))
    else:
        for one in steps:
            print(f"{one.outcome:9} {one.name:10} {one.said}")
    outcomes = {one.outcome for one in steps}
    if "failed" in outcomes:
        raise typer.Exit(1)
    if "attention" in outcomes:
        raise typer.Exit(ATTENTION)


def recover(
    *,
    unit: Annotated[
        list[str] | None, typer.Option(help="NAME=ADDRESS of a unit; every enabled one of ours, if not given.")
    ] = None,
    tries: Annotated[int, typer.Option(min=1, max=20, help="How often each is looked at.")] = 3,
    pause: Annotated[float, typer.Option(min=0, max=600, help="Seconds between two looks.")] = 30,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Restart units of systemd that do not answer, and tell ADMIN_CHAT_ID and SMTP_TO where that did not help.

    Ends with exit code 1 where something is still unwell. What was done is in auto_recovery.log of LOGS_PATH.
    """
    from supportbot.standalone.operations.recovering import recover as bring_back

    settings = load_joined(StandaloneSettings)
    units = asyncio.run(_units(settings, unit or []))
    if not yes and not dry_run:
        typer.confirm(f"Look at {', '.join(units) or 'nothing'} and restart what does not answer?", abort=True)
    note = _noting(settings, quiet=as_json)
    found = asyncio.run(bring_back(units, note, tries=tries, pause_s=pause, dry_run=dry_run))
    told = None
    if not found.recovered and not dry_run:
        from supportbot.standalone.operations.asking import tell_admin
        from supportbot.standalone.operations.recovering import alert_text

        note(f"Auto recovery failed after {tries} attempts")
        told = asyncio.run(tell_admin(settings, alert_text(found.unwell, found.restarted)))
        if told is not None:
            note(told)
    if as_json:
        shape = {"well": found.well, "restarted": found.restarted, "unwell": found.unwell}
        print(json.dumps({**shape, "told": not found.recovered and not dry_run and told is None}))
    if not found.recovered:
        raise typer.Exit(NOT_RECOVERED)


async def _units(settings: StandaloneSettings, given: list[str]) -> dict[str, str]:
    from supportbot.standalone.operations.units import PORTS, address_of, enabled_units

    if not given:
        return {unit: address_of(unit, settings) for unit in await enabled_units()}
    pairs = [one.partition("=") for one in given]
    if any(name not in PORTS or not address.startswith("http://") for name, _, address in pairs):
        raise typer.BadParameter(f"as telegram-bot=http://127.0.0.1:5001, of {', '.join(PORTS)}", param_hint="--unit")
    return {name: address.rstrip("/") for name, _, address in pairs}


def _noting(settings: StandaloneSettings, *, quiet: bool) -> Callable[[str], None]:
    folder = settings.logs_path

    def note(text: str) -> None:
        line = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} - {text}"
        if not quiet:
            print(line)
        if folder is not None:
            _append(folder / _LOG, line)

    return note


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
