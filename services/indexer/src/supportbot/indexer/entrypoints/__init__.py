"""What sets the indexer to work: the bus and the documents folder."""
