"""The database's clock as SQL expressions, and the column type of moments.

All comparisons of moments use the database's own clock, so that processes on hosts whose clocks differ agree.
PostgreSQL stores `timestamptz`; SQLite stores whole microseconds since 1970 and gets the clock as a function.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Dialect, literal
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Float, TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SQLITE_CLOCK = "clock_us"
"""Name of the function that SQLite connections get: microseconds since 1970."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]  # asyncpg gives an aware datetime
        return _EPOCH + timedelta(microseconds=value)


class _Clock(FunctionElement[datetime]):
    type = UtcDateTime()
    inherit_cache = True


class _StatementClock(FunctionElement[datetime]):
    type = UtcDateTime()
    inherit_cache = True


def now() -> ColumnElement[datetime]:
    """The moment at which the expression is evaluated."""
    return _Clock()


def statement_start(plus_s: float = 0.0) -> ColumnElement[datetime]:
    """The moment `plus_s` seconds after the statement began: it is stable, so that an index can serve comparisons."""
    return _StatementClock(literal(float(plus_s), Float())) if plus_s else _StatementClock()


def after(seconds: float | BindParameter[float]) -> ColumnElement[datetime]:
    """The moment `seconds` from now (negative: before)."""
    return _Clock(seconds if isinstance(seconds, BindParameter) else literal(float(seconds), Float()))


@compiles(_Clock, "postgresql")
def _postgresql_clock(element: _Clock, compiler: SQLCompiler, **kwargs: Any) -> str:
    offset = compiler.process(element.clauses, **kwargs)
    return f"(clock_timestamp() + make_interval(secs => {offset}))" if offset else "clock_timestamp()"


@compiles(_Clock, "sqlite")
def _sqlite_clock(element: _Clock, compiler: SQLCompiler, **kwargs: Any) -> str:
    offset = compiler.process(element.clauses, **kwargs)
    return f"({SQLITE_CLOCK}() + CAST({offset} * 1000000 AS INTEGER))" if offset else f"{SQLITE_CLOCK}()"


@compiles(_StatementClock, "postgresql")
def _postgresql_statement_clock(element: _StatementClock, compiler: SQLCompiler, **kwargs: Any) -> str:
    offset = compiler.process(element.clauses, **kwargs)
    return f"(statement_timestamp() + make_interval(secs => {offset}))" if offset else "statement_timestamp()"


@compiles(_StatementClock, "sqlite")
def _sqlite_statement_clock(element: _StatementClock, compiler: SQLCompiler, **kwargs: Any) -> str:
    offset = compiler.process(element.clauses, **kwargs)
    return f"({SQLITE_CLOCK}() + CAST({offset} * 1000000 AS INTEGER))" if offset else f"{SQLITE_CLOCK}()"
