"""Moments counted in whole steps since 1970, for sums by the hour or the day in either database."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Step(FunctionElement[int]):
    """Moment and seconds; these are written out, as PostgreSQL takes two parameters for two different expressions."""

    type = BigInteger()
    inherit_cache = True


def step_of(moment: ColumnElement[Any], seconds: int) -> ColumnElement[int]:
    """Which step of so many seconds a moment is in, in UTC."""
    return _Step(moment, literal_column(str(int(seconds))))


@compiles(_Step, "sqlite")
def _sqlite_step(element: _Step, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment, seconds = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"({moment} / ({seconds} * 1000000))"


@compiles(_Step, "postgresql")
def _postgresql_step(element: _Step, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment, seconds = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"CAST(floor(extract(epoch FROM {moment}) / {seconds}) AS bigint)"
