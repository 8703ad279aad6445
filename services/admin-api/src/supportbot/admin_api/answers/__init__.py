"""Answers: what was decided, with the whole trace; and what was not answered, gathered by what it is about."""
