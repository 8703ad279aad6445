"""`supportbot db`."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from supportbot.common.database.opener import COMMAND, connect_database, stored_revision
from supportbot.common.database.opener import migrate as bring_up_to_date
from supportbot.common.database.schema.migrating import SchemaTooNewError, head, revisions
from supportbot.common.settings import CommonSettings
from supportbot.standalone.joining import load_joined
from supportbot.standalone.operations.asking import ask
from supportbot.standalone.operations.monitoring import is_short
from supportbot.standalone.operations.postgres import connections, slow_statements
from supportbot.standalone.operations.units import PORTS

ATTENTION = 5
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
db = typer.Typer(help="Look after the database.", no_args_is_help=True)


@db.command()
def migrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the tables up to date, as a start would. Doing so twice has one effect."""
    before = asyncio.run(_migrate(load_joined(CommonSettings), dry_run=dry_run))
    if as_json:
        print(json.dumps({"before": before, "newest": head(), "changed": before != head() and not dry_run}))
    elif before == head():
        print(f"The tables are up to date ({head()}).")
    else:
        would = "would be brought" if dry_run else "were brought"
        print(f"The tables {would} from {before or 'nothing'} to {head()}.")


async def _migrate(settings: CommonSettings, *, dry_run: bool) -> str | None:
    """The version that was found; raises SchemaTooNewError for one of a newer version of the product."""
    database = connect_database(settings, COMMAND)
    try:
        before = await stored_revision(database)
        if before is not None and before not in revisions():
            raise SchemaTooNewError(before)
        if not dry_run:
            await bring_up_to_date(database)
    finally:
        await database.close()
    return before


@db.command("check-connections")
def check_connections(
    *,
    address: Annotated[
        list[str] | None, typer.Option(help="Of a process, as http://127.0.0.1:5000; the default ports, if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the pool of each process and who is connected to PostgreSQL.

    Ends with exit code 5 where a pool or the server is used by more than DB_MONITOR_ALERT_THRESHOLD percent, or where a
    process has more than 5 connections beyond its pool.
    """
    settings = load_joined(CommonSettings)
    pools = asyncio.run(_pools(address or sorted({f"http://127.0.0.1:{port}" for port in PORTS.values()})))
    server = asyncio.run(connections(settings)) if settings.db_host else None
    limit = settings.db_monitor_alert_threshold
    short = [place for place, pool in pools.items() if _is_short(pool, limit)]
    if server is not None and server.percent > limit:
        short.append(f"{settings.db_host}:{settings.db_port}")
    if as_json:
        print(json.dumps({"pools": pools, "server": asdict(server) if server else None, "short": short}))
    else:
        for place, pool in pools.items():
            print(f"{place}: {pool['checked_out']} of {pool['size']} in use, {pool['overflow']} beyond")
        if not pools:
            print("No process answers on this machine; name one with --address.")
        if server is not None:
            print(f"PostgreSQL: {server.used} of {server.most} connections")
            for row in server.by_state:
                print(
                    f"  {row['who'] or 'unnamed':24} {row['state']:22} {row['connections']:4}  {row['longest_s']:.1f} s"
                )
        for place in short:
            print(f"Short: {place}")
    if short:
        raise typer.Exit(ATTENTION)


def _is_short(pool: dict[str, int], limit: float) -> bool:
    used, size, beyond = (pool.get(key, 0) for key in ("checked_out", "size", "overflow"))
    return is_short(used, size, beyond, over_percent=limit)


async def _pools(addresses: list[str]) -> dict[str, dict[str, int]]:
    """Of the processes that answer."""
    said = await asyncio.gather(*(ask(f"{address.rstrip('/')}/health/db/connections") for address in addresses))
    found = {address: one.shape.get("connection_pool") for address, one in zip(addresses, said, strict=True)}
    return {address: pool for address, pool in found.items() if isinstance(pool, dict)}


@db.command("slow-queries")
def slow_queries(
    *,
    over: Annotated[float, typer.Option(min=0, help="Seconds from which a statement is slow.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Show statements that take long: those that run now, and those that pg_stat_statements remembers.

    Ends with exit code 5 where there are any.
    """
    settings = load_joined(CommonSettings)
    if not settings.db_host:
        print(json.dumps({"running": [], "past": None}) if as_json else "SQLite keeps no statistics of statements.")
        return
    found = asyncio.run(slow_statements(settings, over))
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        for slow in found.running:
            print(f"running for {slow.seconds:.1f} s: {slow.statement}")
        for row in found.past or []:
            print(f"{row['calls']} calls, {row['mean_s']:.2f} s, at most {row['max_s']:.1f} s: {row['statement']}")
        if found.past is None:
            print("pg_stat_statements is not there; only what runs now was looked at.")
        if not found.any:
            print(f"No statement takes longer than {over:g} s.")
    if found.any:
        raise typer.Exit(ATTENTION)
