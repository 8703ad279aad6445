"""Backups: made while the product runs, checked as a whole before anything is put back."""
