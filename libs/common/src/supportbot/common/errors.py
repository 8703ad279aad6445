"""The root of the product's own errors. Each says what happened, to what, and what to do."""


class SupportbotError(Exception):
    """Something that we foresaw; its text is fit to be shown to whoever runs the product."""
