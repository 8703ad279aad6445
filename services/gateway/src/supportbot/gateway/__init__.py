"""Channels: Telegram and web chat in, replies out."""
