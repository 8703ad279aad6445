"""Signing in with an OpenID provider: whom it vouches for, and which operator that is."""
