"""Readers of formats that are no plain text. They run in the reading process only."""
