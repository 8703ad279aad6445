"""Run by markitdown's own interpreter: files in, their Markdown as JSON out, with what it took."""

import json
import resource
import sys
import time

from markitdown import MarkItDown  # type: ignore[import-not-found]  # it lives in an environment of its own

began = time.perf_counter()
reader = MarkItDown()
told: dict[str, str] = {}
for name in sys.argv[1:]:
    try:
        told[name] = reader.convert(name).text_content
    except Exception:  # whatever it makes of a file, the others are compared
        told[name] = ""
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
json.dump({"told": told, "seconds": time.perf_counter() - began, "megabytes": memory}, sys.stdout)
