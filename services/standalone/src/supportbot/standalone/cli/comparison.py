"""How a comparison of two configurations is printed."""

import json
from dataclasses import asdict
from typing import Final

from supportbot.answerer.evaluation.compare import Comparison

_SHOWN: Final = 20


def print_comparison(found: Comparison, *, as_json: bool) -> None:
    """For people or for programs."""
    if as_json:
        measures = {name: asdict(one) for name, one in found.measures.items()}
        print(json.dumps({"measures": measures, "worse": found.worse, "changed": list(found.changed)}))
        return
    print(f"{'':22} {'before':>8} {'after':>8} {'change':>8}  95 % of resampled changes")
    for name, one in found.measures.items():
        mark = " worse" if name in found.worse else ""
        interval = f"{one.low:+.4f} to {one.high:+.4f}"
        print(f"{name:22} {one.before:>8.4f} {one.after:>8.4f} {one.after - one.before:>+8.4f}  {interval}{mark}")
    print(f"{len(found.changed)} questions changed")
    order = {"worse": 0, "better": 1, "same": 2}
    for change in sorted(found.changed, key=lambda one: order[one["verdict"]])[:_SHOWN]:
        decision, document = " → ".join(change["decision"]), " → ".join(change["document"])
        print(f"  {change['verdict']:6} {change['question'][:60]!r}: {decision}; {document}")
    if len(found.changed) > _SHOWN:
        print(f"  … and {len(found.changed) - _SHOWN} more; --changes FILE writes all of them")
