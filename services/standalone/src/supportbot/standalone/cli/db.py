"""`supportbot db`."""

import asyncio
import json
from typing import Annotated

import typer

from supportbot.common.database.opener import COMMAND, connect_database, stored_revision
from supportbot.common.database.opener import migrate as bring_up_to_date
from supportbot.common.database.schema.migrating import SchemaTooNewError, head, revisions
from supportbot.common.settings import CommonSettings
from supportbot.standalone.joining import load_joined

db = typer.Typer(help="Look after the database.", no_args_is_help=True)


@db.command()
def migrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
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
