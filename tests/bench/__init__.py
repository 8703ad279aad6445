"""Speed and memory of the real process. Run with `make bench`; no test depends on the figures."""
