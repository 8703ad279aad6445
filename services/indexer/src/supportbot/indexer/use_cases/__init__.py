"""What the indexer does, one verb per module."""
