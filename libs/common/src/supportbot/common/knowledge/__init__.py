"""The knowledge index: passages, how their text becomes vectors, and the stores that hold them."""
