"""Mails to whoever runs the product: alerts at once, a report every week."""
