"""What attackers write, and what must never come of it."""
