"""Signing in and out, renewing a session, and making the first administrator."""
