"""The whole product in one process, and the supportbot command."""
