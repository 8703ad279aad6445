"""Pure rules of answering: what to search for, what to answer with, and how sure to be."""
