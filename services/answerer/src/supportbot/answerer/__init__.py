"""Answers questions from the knowledge base, or escalates to a person."""
