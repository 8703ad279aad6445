"""`supportbot backup` and `supportbot restore`."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from supportbot.standalone.backup.manifest import Manifest
from supportbot.standalone.joining import load_joined
from supportbot.standalone.settings import StandaloneSettings

backup = typer.Typer(help="Back up everything that must not be lost, while it runs.", invoke_without_command=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@backup.callback()
def make(
    context: typer.Context,
    *,
    to: Annotated[Path, typer.Option(file_okay=False, help="The folder that takes backups.")] = Path("backups"),
    keep_days: Annotated[int, typer.Option(min=1, help="Older ones are removed.")] = 30,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make one, look at it, and throw it away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Back up database, documents and configuration into one file, while everything runs.

    Secrets are in it only where BACKUP_PASSPHRASE is set, encrypted by it. Backups older than 30 days are removed.
    """
    if context.invoked_subcommand is not None:
        return
    from supportbot.standalone.backup.making import make_backup

    settings = load_joined(StandaloneSettings)
    if dry_run:
        with tempfile.TemporaryDirectory() as folder:
            made = asyncio.run(make_backup(settings, Path(folder)))
    else:
        made = asyncio.run(make_backup(settings, to, keep_days=keep_days))
    if as_json:
        where = {"path": str(made.path), "bytes": made.bytes, "removed": list(made.removed), "kept": not dry_run}
        print(json.dumps({**where, **_shape(made.manifest)}))
        return
    print(f"{'It would be' if dry_run else 'Made'} {made.path.name}, {_megabytes(made.bytes)}: {_said(made.manifest)}")
    if made.manifest.secrets == "left out":
        typer.echo("Secrets are not in it; set BACKUP_PASSPHRASE to have them, encrypted.", err=True)
    for name in made.removed:
        print(f"Removed {name}, which was older than {keep_days} days.")


@backup.command()
def verify(
    archive: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The backup.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Look through a whole backup: exit code 0 where it could be restored, 1 with the reason where it could not."""
    manifest = asyncio.run(_verified(archive.absolute()))
    print(json.dumps(_shape(manifest)) if as_json else f"The backup is sound: {_said(manifest)}")


async def _verified(archive: Path) -> Manifest:
    from supportbot.standalone.backup.checking import opened_backup

    async with opened_backup(archive, archive.parent) as opened:
        return opened.manifest


def restore(
    archive: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The backup.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, and change nothing.")] = False,
    without_secrets: Annotated[bool, typer.Option("--without-secrets", help="Leave the settings out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in place of what is there. Everything is checked first; what was there is kept beside it.

    Stop the product first. Ends with exit code 1 and nothing changed where the backup is damaged, cut off, of something
    else or of a newer version, or where it does not fit this place.
    """
    from supportbot.standalone.backup.restoring import Restored
    from supportbot.standalone.backup.restoring import restore as put_in_place

    settings = load_joined(StandaloneSettings)
    where = f"{settings.db_name} at {settings.db_host}" if settings.db_host else str(settings.database_path)
    if not yes and not dry_run:
        typer.confirm(f"Put {archive.name} in place of {where} and {settings.documents_path}?", abort=True)
    done = asyncio.run(put_in_place(settings, archive.absolute(), without_secrets=without_secrets, dry_run=dry_run))
    if not isinstance(done, Restored):
        print(json.dumps(_shape(done)) if as_json else f"It could be restored, and nothing was changed: {_said(done)}")
        return
    if as_json:
        written = str(done.settings_file) if done.settings_file else None
        print(json.dumps({**_shape(done.manifest), "kept": str(done.kept), "settings_file": written}))
        return
    print(f"Restored: {_said(done.manifest)}")
    print(f"What was there before is in {done.kept}; remove it when you are content.")
    if done.settings_file:
        print(f"The settings of the backup are in {done.settings_file}; make them your .env, or remove that file.")


def _shape(manifest: Manifest) -> dict[str, Any]:
    shape = manifest.model_dump(mode="json", exclude={"files"})
    return {**shape, "files": len(manifest.files)}


def _said(manifest: Manifest) -> str:
    documents = sum(name.startswith("documents/") for name in manifest.files)
    conversations = manifest.rows.get("conversations", 0)
    made = f"made {manifest.made_at:%Y-%m-%d %H:%M} UTC by version {manifest.product} on {manifest.database}"
    return f"{conversations} conversations, {documents} documents, secrets {manifest.secrets}, {made}"


def _megabytes(number: int) -> str:
    return f"{number / 1024**2:.1f} MB"
