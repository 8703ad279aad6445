"""Many rows at once, made inside the database."""

from sqlalchemy import text

from supportbot.common.database.transactions import Database, Transaction

_NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n)",
    "postgresql": "(SELECT i FROM generate_series(1, {rows}) AS s(i))",
}
_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
_PAST = {"sqlite": "clock_us() - 1000000 * (n.i % 3600)", "postgresql": "now() - make_interval(secs => n.i % 3600)"}


async def fill_conversations(database: Database, rows: int) -> None:
    """Half of them wait for the machine, each since another moment; the others are done."""
    d = database.dialect
    columns = "id, channel, bot, chat, last_seq, done_seq, due_at, created_at, active_at"
    values = f"{_ID[d]}, 'web', '', n.i, 1 + n.i % 2, 1, {_PAST[d]}, {_PAST[d]}, {_PAST[d]}"
    await _fill(database, f"INSERT INTO conversations ({columns}) SELECT {values} FROM", rows)


async def fill_outbound(database: Database, rows: int, *, lanes: int, waiting: int) -> None:
    """Replies of bot 1001 in so many lanes; the newest `waiting` are waiting, the others are sent."""
    d = database.dialect
    columns = "reply_key, lane, out_seq, author, channel, bot, chat, body, details, status, not_before, created_at"
    status = f"CASE WHEN n.i > {rows - waiting} THEN 'waiting' ELSE 'sent' END"
    lane = f"'lane ' || (n.i % {lanes})"
    values = f"'key ' || n.i, {lane}, n.i, 'machine', 'telegram', '1001', {lane}, 'words', '{{}}', {status}"
    await _fill(database, f"INSERT INTO outbound ({columns}) SELECT {values}, {_PAST[d]}, {_PAST[d]} FROM", rows)


async def fill_answers(database: Database, rows: int) -> None:
    """Conversations of ten questions, each of them answered by the machine."""
    d = database.dialect
    await fill_conversations(database, rows // 10)
    of = "FROM conversations AS c CROSS JOIN"
    columns = "id, conversation_id, seq, kind, text, received_at"
    asked = f"{_ID[d]}, c.id, n.i, 'text', 'words', {_PAST[d]}"
    await _fill(database, f"INSERT INTO messages ({columns}) SELECT {asked} {of}", 10)
    columns = "id, conversation_id, turn_from, turn_to, question, decision, confidence, reason, text, language"
    decided = f"{_ID[d]}, c.id, n.i, n.i, 'words', 'answer', 0.9, 'answered', 'words', 'en'"
    more, nothing = "citations, passages, trace, created_at", f"'[]', '[]', '{{}}', {_PAST[d]}"
    await _fill(database, f"INSERT INTO answers ({columns}, {more}) SELECT {decided}, {nothing} {of}", 10)


async def _fill(database: Database, insertion: str, rows: int) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(text(f"{insertion} {_NUMBERS[database.dialect].format(rows=rows)} AS n"))
        if database.dialect == "postgresql":
            await tx.execute(text("ANALYZE"))  # as autovacuum does soon after

    await database.write(work)
