"""Where work reaches the answerer."""
