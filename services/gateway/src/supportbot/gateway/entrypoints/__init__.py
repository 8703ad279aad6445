"""What comes in: web requests and Telegram updates."""
