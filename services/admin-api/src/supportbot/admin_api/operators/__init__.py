"""Operators: the people who work in the inbox and on the knowledge base."""
