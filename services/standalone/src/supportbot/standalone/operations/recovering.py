"""Bringing back what does not answer: look, restart, look again, and tell somebody where that did not help."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from supportbot.standalone.operations.asking import ask
from supportbot.standalone.operations.units import SystemctlError, restart_unit

TRIES: Final = 3
PAUSE_S: Final = 30.0
Restart = Callable[[str], Awaitable[None]]
Note = Callable[[str], None]


@dataclass(frozen=True)
class Look:
    """How a process is: whether it answers, and what is wrong with its database."""

    answers: bool
    problem: str | None


@dataclass
class Recovery:
    """What was found and done, by unit."""

    well: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    unwell: dict[str, str] = field(default_factory=dict)

    @property
    def recovered(self) -> bool:
        return not self.unwell


async def look_at(address: str) -> Look:
    """One look at `/health/db`. A process that answers 503 runs; what it lacks is its database."""
    said = await ask(f"{address}/health/db")
    if said.status == HTTPStatus.OK:
        return Look(answers=True, problem=None)
    if said.status == 0:
        return Look(answers=False, problem=f"nothing answers at {address}")
    return Look(answers=True, problem=str(said.shape.get("database") or f"it answers {said.status}"))


async def recover(
    units: Mapping[str, str],
    note: Note,
    *,
    tries: int = TRIES,
    pause_s: float = PAUSE_S,
    restart: Restart = restart_unit,
    dry_run: bool = False,
) -> Recovery:
    """Look at every unit, given with its address, and restart those that do not answer.

    What answers and only lacks its database is not restarted: it comes back by itself as soon as that does.
    """
    found = Recovery()
    for unit, address in units.items():
        problem = await _bring_back(
            unit, address, found, note, tries=tries, pause_s=pause_s, restart=restart, dry=dry_run
        )
        if problem is None:
            found.well.append(unit)
        else:
            found.unwell[unit] = problem
    return found


async def _bring_back(
    unit: str, address: str, found: Recovery, note: Note, *, tries: int, pause_s: float, restart: Restart, dry: bool
) -> str | None:
    for number in range(1, tries + 1):
        look = await look_at(address)
        if look.problem is None:
            note(f"{unit}: database health check passed")
            return None
        note(f"{unit}: database health check failed (attempt {number}/{tries}): {look.problem}")
        if dry:
            return look.problem
        if number < tries:
            if not look.answers:
                await _restart(unit, found, note, restart)
            await asyncio.sleep(pause_s)
    return look.problem


async def _restart(unit: str, found: Recovery, note: Note, restart: Restart) -> None:
    note(f"{unit}: restarting")
    try:
        await restart(unit)
    except SystemctlError as error:
        note(str(error))
    else:
        found.restarted.append(unit)


def alert_text(unwell: Mapping[str, str], restarted: Sequence[str]) -> str:
    """What the administrator is told."""
    lines = [f"🚨 Critical: auto recovery failed for {', '.join(unwell)}"]
    lines += [f"{unit}: {problem}" for unit, problem in unwell.items()]
    if restarted:
        lines.append(f"Restarted in vain: {', '.join(sorted(set(restarted)))}")
    return "\n".join(lines)
