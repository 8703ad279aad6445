"""What is read of stored answers in more than one place."""

from sqlalchemy import ColumnElement

from supportbot.common.database.schema.tables import answers


def right_of_such() -> ColumnElement[float]:
    """Of answers at least as sure as this one the share that is right; null where nobody has measured it."""
    share: ColumnElement[float] = answers.c.trace["right_of_such"].as_float()
    return share.label("right_of_such")
