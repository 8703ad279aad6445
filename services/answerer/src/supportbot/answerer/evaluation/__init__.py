"""Measuring answers: run a question set through the same code that answers users, and score what came out."""
