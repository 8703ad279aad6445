"""Run by markitdown's own interpreter: files in, their Markdown as JSON out, with what each took."""

import json
import resource
import sys
import time

from markitdown import MarkItDown  # type: ignore[import-not-found]  # it lives in an environment of its own

ROUNDS = 2
"""The second is measured: the first one loads libraries."""

reader = MarkItDown()
told: dict[str, str] = {}
seconds: dict[str, float] = {}
for _ in range(ROUNDS):
    for name in sys.argv[1:]:
        began = time.perf_counter()
        try:
            told[name] = reader.convert(name).text_content
        except Exception:  # whatever it makes of a file, the others are compared
            told[name] = ""
        seconds[name] = time.perf_counter() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
json.dump({"told": told, "seconds": seconds, "megabytes": memory}, sys.stdout)
