"""The parts of the admin API put together, a module for each area of it."""
