"""How the indexer is put together: a module for each part of the work."""
