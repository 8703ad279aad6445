"""Costs: what was paid to models, summed up for programs."""
