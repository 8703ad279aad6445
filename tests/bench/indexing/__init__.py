"""How fast documents become searchable, what that takes, and what of them is kept, beside markitdown."""
