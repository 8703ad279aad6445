"""Taking over what another bot's SQLite database holds: people, what was said, what waits for a person."""
