"""PostgreSQL's protocol as far as it is needed to know which SQL passes, and to stop at the end of a transaction."""

from weakref import WeakKeyDictionary

from tests.servers.link import Connection, Link, Tap, Toward
from tests.servers.stops import Moment, Stop

_LENGTH = 4
_VERSION_3 = 196608


class Statements:
    """The SQL that one client sends, whether simple or prepared."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._names: dict[bytes, str] = {}
        self._greeted = False

    def read(self, data: bytes) -> list[str]:
        """The statements that begin to be executed by these bytes, in order."""
        self._buffer += data
        found: list[str] = []
        while (message := self._next()) is not None:
            found += self._sql(*message)
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        """One whole message: its type, empty for those at the start, and its body."""
        prefix = 1 if self._greeted else 0
        if len(self._buffer) < prefix + _LENGTH:
            return None
        end = prefix + int.from_bytes(self._buffer[prefix : prefix + _LENGTH])
        if len(self._buffer) < end:
            return None
        kind, body = bytes(self._buffer[:prefix]), bytes(self._buffer[prefix + _LENGTH : end])
        del self._buffer[:end]
        if not self._greeted:
            self._greeted = int.from_bytes(body[:_LENGTH]) == _VERSION_3
        return kind, body

    def _sql(self, kind: bytes, body: bytes) -> list[str]:
        fields = body.split(b"\0")
        match kind:
            case b"Q":
                return [fields[0].decode()]
            case b"P":  # prepare: name, SQL
                self._names[fields[0]] = fields[1].decode()
            case b"B":  # bind: portal, name of what was prepared; executed next
                return [self._names.get(fields[1], "")]
        return []


class Sql(Tap):
    """Stands in a link to PostgreSQL from its beginning, and knows what each connection said last."""

    def __init__(self) -> None:
        self.last: WeakKeyDictionary[Connection, list[str]] = WeakKeyDictionary()
        self._statements: WeakKeyDictionary[Connection, Statements] = WeakKeyDictionary()

    async def pass_on(self, connection: Connection, toward: Toward, data: bytes) -> bytes:
        """See Tap."""
        if toward == "server":
            self.last[connection] = self._statements.setdefault(connection, Statements()).read(data)
        return data


class Commits:
    """Recognises the COMMIT of a transaction in which a statement had certain words."""

    def __init__(self, sql: Sql, words: str) -> None:
        self._sql = sql
        self._words = words
        self._meant: WeakKeyDictionary[Connection, bool] = WeakKeyDictionary()

    def __call__(self, connection: Connection, _: bytes) -> bool:
        """See Listener."""
        reached, meant = False, self._meant.get(connection, False)
        for statement in self._sql.last[connection]:
            if statement.startswith("COMMIT"):
                reached, meant = reached or meant, False
            elif statement.startswith(("BEGIN", "ROLLBACK")):
                meant = False
            else:
                meant = meant or self._words in statement
        self._meant[connection] = meant
        return reached


def stop_at_statement(link: Link, words: str, moment: Moment) -> Stop:
    """Stop at the first statement with these words: before the server gets it, or before its answer is heard."""
    sql = _sql_of(link)
    return Stop(link, lambda connection, _: any(words in said for said in sql.last[connection]), moment)


def stop_at_commit(link: Link, words: str, moment: Moment) -> Stop:
    """Stop at the COMMIT of the first transaction with such a statement: before it, or before its acknowledgement."""
    return Stop(link, Commits(_sql_of(link), words), moment)


def _sql_of(link: Link) -> Sql:
    return next(tap for tap in link.taps if isinstance(tap, Sql))
