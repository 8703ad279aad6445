"""What the answerer does, one verb a file."""
