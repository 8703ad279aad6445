"""Rows that take long have a short form, which is the default, and the long one with LONG=1."""

import os

LONG = os.environ.get("LONG", "") not in {"", "0"}


def lasting(short_s: float, long_s: float) -> float:
    """How long a fault lasts, in seconds."""
    return long_s if LONG else short_s
