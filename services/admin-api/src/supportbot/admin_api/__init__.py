"""REST and web UI for operators and administrators."""
