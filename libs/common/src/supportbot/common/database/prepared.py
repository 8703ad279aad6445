"""Statements that run with every message, prepared once, and run on SQLite without SQLAlchemy's steps in between.

SQLAlchemy writes their SQL and converts their values here too. What it does around each execution takes ten times as
long as SQLite itself; on PostgreSQL, where a statement waits for the network, they run as all others do.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

P = ParamSpec("P")
S = TypeVar("S", bound=Executable)
_Convert = Callable[[Any], Any] | None
Run = Callable[[str, Sequence[Any]], tuple[list[Any], int]]
"""Runs SQL with its values. Returns all rows, and how many rows it changed."""


def prepared(build: Callable[P, S]) -> Callable[P, S]:
    """Build a statement once; what varies are its parameters, which every execution has to name alike."""

    @cache
    def built(*args: P.args, **kwargs: P.kwargs) -> S:
        statement = build(*args, **kwargs)
        _prepared[statement] = {}
        return statement

    return built  # type: ignore[return-value]  # typeshed asks for hashable arguments; ours are words and switches


def form_of(statement: Executable, names: Sequence[str], dialect: Dialect) -> "Form | None":
    """The statement as it runs with parameters of these names; None for one that is not prepared."""
    forms = _prepared.get(statement)
    if forms is None:
        return None
    key = (dialect.name, *names)
    if key not in forms:
        forms[key] = Form(statement, names, dialect)
    return forms[key]


class PreparedResult(IteratorResult[Any]):
    """The rows of a statement, and how many it changed."""

    def __init__(self, columns: SimpleResultMetaData, rows: Iterator[Any], rowcount: int) -> None:
        super().__init__(columns, rows)
        self.rowcount = rowcount


class Form:
    """A statement's SQL, and how its values become the database's and back."""

    def __init__(self, statement: Executable, names: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.post_compile_params, "a list of any length has no one form"
        assert not compiled.insert_prefetch
        assert not compiled.update_prefetch
        binds = [compiled.binds[name] for name in compiled.positiontup or ()]
        columns = compiled._result_columns  # noqa: SLF001  # SQLAlchemy tells the columns of a statement nowhere else
        self._sql = str(compiled)
        self._parameters: list[tuple[str, _Convert]] = [(bind.key, _to_database(bind.type, dialect)) for bind in binds]
        self._constants = {bind.key: bind.effective_value for bind in binds if not bind.required}
        self._columns = SimpleResultMetaData([column.keyname for column in columns])
        self._converts: list[_Convert] = [_from_database(column.type, dialect) for column in columns]

    def run(self, run: Run, given: Mapping[str, Any]) -> PreparedResult:
        """Run it; errors are raised as SQLAlchemy would."""
        values = {**self._constants, **given}
        row = [values[name] if convert is None else convert(values[name]) for name, convert in self._parameters]
        try:
            rows, changed = run(self._sql, row)
        except sqlite3.Error as error:
            raise DBAPIError.instance(self._sql, None, error, sqlite3.Error, hide_parameters=True) from error
        return PreparedResult(self._columns, map(self._converted, rows), changed)

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            [value if convert is None else convert(value) for value, convert in zip(row, self._converts, strict=True)]
        )


def _to_database(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_database(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


_prepared: dict[Executable, dict[tuple[str, ...], Form]] = {}
