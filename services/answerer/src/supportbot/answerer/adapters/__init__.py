"""What the answerer stands on: database, model, child processes."""
