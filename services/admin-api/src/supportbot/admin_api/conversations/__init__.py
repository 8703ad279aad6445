"""Conversations for programs: the same as the inbox, over REST."""
