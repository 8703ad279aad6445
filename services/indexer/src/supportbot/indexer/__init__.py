"""Turns documents into searchable passages."""
