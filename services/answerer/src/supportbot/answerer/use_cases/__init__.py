"""What the answerer does, one verb per file."""
