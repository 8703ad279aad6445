"""Documents: uploaded, listed and removed by programs."""
