"""Ready-made replies: kept here or from Telegram, put into a reply by their name."""
