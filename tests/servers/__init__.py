"""Real servers for tests: found where the machine has them, started on loopback, stopped with the tests."""
