"""The inbox with very many conversations."""
