"""`python -m tests.bench [PART…]`: measure, print the table, write build/bench.json."""

import argparse
import asyncio
import sys

from tests.bench import first_answer, latency, memory, starting
from tests.bench.figures import RESULT, Figure, store, table

PARTS = {
    "first-answer": first_answer.measure,
    "starting": starting.measure,
    "memory": memory.measure,
    "latency": latency.measure,
}


async def measure(parts: list[str]) -> list[Figure]:
    """All figures of these parts, told as they come."""
    figures = []
    for part in parts:
        async for figure in PARTS[part]():
            print(f"  {figure.name}: {figure.measured:.2f} {figure.unit}", file=sys.stderr, flush=True)
            figures.append(figure)
    return figures


def main() -> None:
    """The command; ends with 1 where a figure is over its target."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure speed and memory.")
    parser.add_argument("parts", nargs="*", help=f"what to measure, of {', '.join(PARTS)}; all of them by default")
    asked = parser.parse_args().parts
    if unknown := set(asked) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    figures = asyncio.run(measure(asked or list(PARTS)))
    store(figures)
    print(f"\n{table(figures)}\n\nAlso in {RESULT}.")
    raise SystemExit(any(figure.verdict == "over" for figure in figures))


if __name__ == "__main__":
    main()
