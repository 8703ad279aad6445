"""Contents of documents, kept where every process can read them."""
