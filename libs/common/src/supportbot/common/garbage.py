"""Python's collector of garbage, in a process that lives for weeks."""

import gc

_NEW_OBJECTS = 5_000
"""After so many it looks at the youngest ones; Python's own 700 are made by a single question."""
_WHILE_LOADING = 100_000


def spare_what_is_loaded() -> None:
    """To be called before modules are imported: looking at what stays anyway takes a tenth of that time."""
    gc.set_threshold(_WHILE_LOADING, *gc.get_threshold()[1:])


def spare_what_stays() -> None:
    """To be called when something large was loaded: it is there until the end, and is never looked at again.

    A full collection looks at every object: all modules among them, it holds up everything for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
