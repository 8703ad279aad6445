"""What the gateway does, one verb per file."""
