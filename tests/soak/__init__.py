"""Many people write for long while everything is killed, again and again. `make soak` is the long form of it."""
