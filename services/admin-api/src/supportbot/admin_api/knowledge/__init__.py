"""The pages of the knowledge base: documents, a question tried, what was not answered, reviewed answers."""
