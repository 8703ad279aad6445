"""What both web interfaces share: the look's tokens, assets, text, who may come in, and the live doorbell."""
