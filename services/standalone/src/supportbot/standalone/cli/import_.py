"""`supportbot import`."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import BotId
from supportbot.common.settings import SettingsError
from supportbot.standalone.importing.reading import read_database, rows_left
from supportbot.standalone.importing.records import Found
from supportbot.standalone.importing.storing import Stored, store_chats
from supportbot.standalone.joining import load_joined
from supportbot.standalone.settings import StandaloneSettings

PARTLY = 5


def import_(
    database: Annotated[Path, typer.Argument(help="The SQLite database of the other bot.")],
    *,
    documents: Annotated[Path | None, typer.Option(help="Its folder of documents.")] = None,
    bot: Annotated[str, typer.Option(help="Id of the bot whose chats these are; the one of TELEGRAM_BOT_TOKEN.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of times that name none.")] = "UTC",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be taken, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take over people, conversations, open requests and documents of a hand-written bot. Its files stay as they are.

    What was taken once is not taken again, so it can be repeated until the other bot is switched off. Ends with exit
    code 5 where something was left.
    """
    settings = load_joined(StandaloneSettings)
    found = read_database(database, _zone(zone))
    files = _files(documents)
    if not yes and not dry_run:
        said = sum(len(chat.said) for chat in found.chats.values())
        typer.confirm(f"Take over {len(found.chats)} people, {said} messages and {len(files)} files?", abort=True)
    stored = asyncio.run(_stored(settings, _bot(settings, bot), found, dry_run=dry_run))
    indexed = {} if dry_run or documents is None or not files else asyncio.run(_indexed(settings, documents))
    report = _report(found, stored, len(files), indexed)
    if as_json:
        print(json.dumps({"dry_run": dry_run, **report}, ensure_ascii=False))
    else:
        _show(report, dry_run=dry_run)
    if report["left"] or report["documents"]["failed"]:
        raise typer.Exit(PARTLY)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise typer.BadParameter("is no time zone, such as Europe/Moscow", param_hint="--zone") from None


def _bot(settings: StandaloneSettings, given: str) -> BotId:
    if given:
        if not given.isdigit():
            raise typer.BadParameter("is the number before the colon of a bot's token", param_hint="--bot")
        return BotId(given)
    if len(settings.bots) != 1:
        raise SettingsError(
            ["TELEGRAM_BOT_TOKEN: names no bot or several; set it, or say with --bot whose chats these are"]
        )
    return settings.bots[0].bot


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise SupportbotError(f"{folder}: there is no such folder; name the one with the documents")
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


async def _stored(settings: StandaloneSettings, bot: BotId, found: Found, *, dry_run: bool) -> Stored:
    database = await open_database(settings, COMMAND)
    try:
        return await store_chats(database, bot, list(found.chats.values()), dry_run=dry_run)
    finally:
        await database.close()


async def _indexed(settings: StandaloneSettings, folder: Path) -> dict[str, Any]:
    from supportbot.standalone.indexing import index_paths

    told: dict[str, Any] = {}
    async for line in index_paths(settings, [folder]):
        told = line
    if "error" in told:
        raise SupportbotError(f"Conversations were taken over, documents were not: {told['error']}")
    return told


def _report(found: Found, stored: Stored, files: int, indexed: dict[str, Any]) -> dict[str, Any]:
    given = indexed.get("given", [])
    failed = {one["source"]: one["error"] for one in given if one["state"] == "failed"}
    left = [{"table": table, "why": why, "rows": rows} for table, why, rows in rows_left(found)]
    if stored.in_use:
        left.append({"table": "", "why": "people wrote here meanwhile", "rows": len(stored.in_use)})
    taken = {name: value for name, value in asdict(stored).items() if name != "in_use"}
    documents = {"files": files, "taken": len(given) - len(failed), "failed": failed}
    documents["passed_over"] = indexed.get("passed_over", 0)
    return {
        "tables": found.tables,
        "taken": taken,
        "times_unknown": found.guessed_times,
        "left": left,
        "documents": documents,
    }


def _show(report: dict[str, Any], *, dry_run: bool) -> None:
    print("Nothing is changed; this would be taken:" if dry_run else "Taken:")
    for table, kind in report["tables"].items():
        print(f"  table {table}: {kind}")
    taken, documents = report["taken"], report["documents"]
    print(f"  {taken['conversations']} conversations: {taken['messages']} messages, {taken['replies']} replies to them")
    print(f"  {taken['requests']} requests that wait for a person, {taken['banned']} people who are not listened to")
    print(f"  here already: {taken['known']} messages and replies; people who never wrote: {taken['silent']}")
    if documents["files"]:
        passed_over = f"{documents['passed_over']} of no kind that is read"
        print(f"  documents: {documents['files']} files, {documents['taken']} taken, {passed_over}")
    if report["times_unknown"]:
        print(f"Mind: the time of {report['times_unknown']} messages could not be read; that of the file stands there")
    for one in report["left"]:
        print(f"Left: {one['table'] or 'chats'}: {one['rows']}, {one['why']}")
    for source, error in documents["failed"].items():
        print(f"Left: {source}: {error}")
