"""`python -m tests.bench [--group GROUP] [PART…]`: measure, print the table, write it to build/."""

import argparse
import asyncio
import sys

from tests.bench import (
    disk,
    distributed,
    first_answer,
    latency,
    memory,
    model_calls,
    recovery,
    retrieval,
    starting,
    telegram,
)
from tests.bench.figures import BUILD, Figure, store, table
from tests.bench.inbox import measure as inbox
from tests.bench.indexing import large
from tests.bench.indexing import measure as indexing
from tests.bench.rivals import measure as rivals

GROUPS = {
    "bench": {
        "first-answer": first_answer.measure,
        "starting": starting.measure,
        "memory": memory.measure,
        "latency": latency.measure,
        "model-calls": model_calls.measure,
        "inbox": inbox.measure,
        "rivals": rivals.measure,
        "retrieval": retrieval.measure,
    },
    "bench-index": {
        "markdown": indexing.markdown,
        "documents": indexing.documents,
        "quality": indexing.quality,
        "large": large.measure,
    },
    "bench-telegram": {
        "replies": telegram.replies,
        "drafts": telegram.drafts,
    },
    "bench-disk": {
        "disk": disk.measure,
    },
    "drill": {
        "file": recovery.on_a_file,
        "postgres": recovery.on_postgres,
    },
    "bench-distributed": {
        "memory": distributed.memory,
        "overhead": distributed.overhead,
        "saturation": distributed.saturation,
        "answerers": distributed.answerers,
    },
}
"""What is measured together, by the name of its make target."""


async def measure(group: str, parts: list[str]) -> list[Figure]:
    """All figures of these parts, told as they come."""
    figures = []
    for part in parts:
        async for figure in GROUPS[group][part]():
            print(f"  {figure.name}: {figure.measured:.2f} {figure.unit}", file=sys.stderr, flush=True)
            figures.append(figure)
    return figures


def main() -> None:
    """The command; ends with 1 where a figure misses its target."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure speed and memory.")
    parser.add_argument("--group", choices=GROUPS, default="bench", help="what to choose parts of")
    parser.add_argument("parts", nargs="*", help="what to measure; all of the group by default")
    asked = parser.parse_args()
    known = GROUPS[asked.group]
    if unknown := set(asked.parts) - set(known):
        parser.error(f"there is no part {', '.join(sorted(unknown))} in {asked.group}; there are {', '.join(known)}")
    figures = asyncio.run(measure(asked.group, asked.parts or list(known)))
    path = BUILD / f"{asked.group}.json"
    store(figures, path)
    print(f"\n{table(figures)}\n\nAlso in {path}.")
    raise SystemExit(any(figure.verdict in {"over", "under"} for figure in figures))


if __name__ == "__main__":
    main()
