"""The pages of administrators: channels, the threshold, limits, what went wrong, keys, people's data."""
