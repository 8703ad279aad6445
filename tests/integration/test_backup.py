"""What is not restored: archives that are not sound or do not fit, each refused with nothing changed."""

import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from supportbot.common.knowledge.folder_lock import FolderInUseError, FolderLock
from supportbot.standalone.backup.errors import BackupError, BadArchiveError, CannotRestoreError
from supportbot.standalone.backup.making import LATEST, make_backup
from supportbot.standalone.backup.restoring import ASIDE, Restored, restore
from supportbot.standalone.settings import StandaloneSettings
from tests.servers.address import PostgresAddress
from tests.servers.databases import make_postgres, run

PASSPHRASE = "only for this test"
TOKEN = "123456789:AAfaketokenfaketokenfaketokenfake"
Member = tuple[tarfile.TarInfo, bytes]


def place(folder: Path, **changes: Any) -> StandaloneSettings:
    """Settings of a data folder."""
    given: dict[str, Any] = {
        "database_path": folder / "data" / "supportbot.db",
        "documents_path": folder / "data" / "documents",
        "vector_db_path": folder / "data" / "index",
        "synonyms_path": folder / "data" / "synonyms.txt",
        "backup_passphrase": SecretStr(PASSPHRASE),
        "telegram_bot_token": SecretStr(TOKEN),
    }
    return StandaloneSettings(**{**given, **changes})


def fill(settings: StandaloneSettings, template: Path, text: str) -> None:
    settings.database_path.parent.mkdir(parents=True)
    shutil.copyfile(template, settings.database_path)
    (settings.documents_path / "deep").mkdir(parents=True)
    (settings.documents_path / "deep" / "a.md").write_text(text, encoding="utf-8")
    settings.synonyms_path.write_text(f"refund = {text}", encoding="utf-8")
    settings.vector_db_path.mkdir()
    (settings.vector_db_path / "segment").write_bytes(b"vectors")


@pytest.fixture
def full(sqlite_template: Path, tmp_path: Path) -> StandaloneSettings:
    """A place with something in it."""
    settings = place(tmp_path / "full")
    fill(settings, sqlite_template, "of the backup")
    return settings


@pytest.fixture
def other(sqlite_template: Path, tmp_path: Path) -> StandaloneSettings:
    """A place with something else in it."""
    settings = place(tmp_path / "other")
    fill(settings, sqlite_template, "of before")
    return settings


@pytest.fixture
async def archive(full: StandaloneSettings, tmp_path: Path) -> Path:
    """A sound backup."""
    return (await make_backup(full, tmp_path / "backups")).path


def contents(settings: StandaloneSettings) -> dict[str, bytes]:
    """Everything in the place but locks, which say nothing."""
    root = settings.data_folder
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "owner.lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def rewritten(archive: Path, change: Callable[[list[Member]], list[Member]]) -> Path:
    """The archive with other members."""
    with tarfile.open(archive) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    target = archive.with_name("changed.tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        for member, body in change(members):
            tar.addfile(member, io.BytesIO(body))
    return target


def with_manifest(archive: Path, **changes: Any) -> Path:
    """The archive whose manifest says something else."""

    def change(members: list[Member]) -> list[Member]:
        manifest = {**json.loads(members[0][1]), **changes}
        return [member_of("manifest.json", json.dumps(manifest).encode()), *members[1:]]

    return rewritten(archive, change)


def member_of(name: str, body: bytes, kind: bytes = tarfile.REGTYPE) -> Member:
    member = tarfile.TarInfo(name)
    member.size, member.type = len(body), kind
    return member, body


def flipped(archive: Path) -> Path:
    body = bytearray(archive.read_bytes())
    body[len(body) // 2] ^= 0xFF
    target = archive.with_name("flipped.tar.gz")
    target.write_bytes(body)
    return target


def cut(archive: Path) -> Path:
    target = archive.with_name("cut.tar.gz")
    target.write_bytes(archive.read_bytes()[:-2000])
    return target


def foreign(archive: Path) -> Path:
    target = archive.with_name("foreign.tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        tar.addfile(*_streamed(member_of("etc/passwd", b"root")))
    return target


def noise(archive: Path) -> Path:
    target = archive.with_name("noise.tar.gz")
    target.write_bytes(os.urandom(5000))
    return target


def _streamed(member: Member) -> tuple[tarfile.TarInfo, io.BytesIO]:
    return member[0], io.BytesIO(member[1])


def one_less(archive: Path) -> Path:
    return rewritten(archive, lambda members: members[:-1])


def one_more(archive: Path) -> Path:
    return rewritten(archive, lambda members: [*members, member_of("documents/more.md", b"more")])


def a_link(archive: Path) -> Path:
    return rewritten(archive, lambda members: [*members[:-1], member_of(members[-1][0].name, b"", tarfile.SYMTYPE)])


def other_words(archive: Path) -> Path:
    """A document of the same length, of which the manifest has another digest."""

    def change(members: list[Member]) -> list[Member]:
        return [(m, body[::-1]) if m.name == "documents/deep/a.md" else (m, body) for m, body in members]

    return rewritten(archive, change)


def outside(archive: Path) -> Path:
    entry = {"bytes": 4, "sha256": "0" * 64}
    return with_manifest(archive, files={"documents/../../../outside": entry})


def newer_format(archive: Path) -> Path:
    return with_manifest(archive, format=2, product="9.0.0")


def newer_tables(archive: Path) -> Path:
    return with_manifest(archive, revision="9999")


def other_database(archive: Path) -> Path:
    return with_manifest(archive, rows={"conversations": 7})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flipped, "damaged"),
        (cut, "cut off"),
        (noise, "no backup"),
        (foreign, "no backup of this product"),
        (one_less, "not whole"),
        (one_more, "damaged"),
        (a_link, "damaged"),
        (other_words, "damaged"),
        (outside, "manifest is wrong"),
        (newer_format, "newer version of the product (9.0.0)"),
        (newer_tables, "newer version (9999)"),
        (other_database, "other rows"),
    ],
)
async def test_what_is_not_sound_is_refused_and_nothing_changes(
    archive: Path, other: StandaloneSettings, damage: Callable[[Path], Path], said: str
) -> None:
    before = contents(other)
    with pytest.raises(BadArchiveError) as caught:
        await restore(other, damage(archive))
    assert said in str(caught.value)
    assert contents(other) == before
    assert not (other.data_folder.parent.parent / "outside").exists()


async def test_a_sound_one_is_put_in_place_and_what_was_there_is_kept(archive: Path, other: StandaloneSettings) -> None:
    before = contents(other)
    done = await restore(other, archive)
    assert isinstance(done, Restored)
    assert (other.documents_path / "deep" / "a.md").read_text(encoding="utf-8") == "of the backup"
    assert other.synonyms_path.read_text(encoding="utf-8") == "refund = of the backup"
    assert not other.vector_db_path.exists()  # it is made again
    kept = {str(path.relative_to(done.kept)): path.read_bytes() for path in done.kept.rglob("*") if path.is_file()}
    assert kept == before
    assert done.settings_file is not None
    assert f"TELEGRAM_BOT_TOKEN={TOKEN}\n" in done.settings_file.read_text(encoding="utf-8")


async def test_a_dry_run_checks_everything_and_changes_nothing(archive: Path, other: StandaloneSettings) -> None:
    before = contents(other)
    assert not isinstance(await restore(other, archive, dry_run=True), Restored)
    assert contents(other) == before


async def test_what_fails_in_the_middle_is_taken_back(archive: Path, other: StandaloneSettings) -> None:
    shutil.rmtree(other.documents_path)
    other.documents_path.write_text("a file where a folder should be", encoding="utf-8")
    before = contents(other)
    with pytest.raises(FileExistsError):
        await restore(other, archive)
    assert contents(other) == before
    assert not list(other.data_folder.glob(f"{ASIDE}*"))


async def test_nothing_is_restored_while_a_process_runs_there(archive: Path, other: StandaloneSettings) -> None:
    before = contents(other)
    for folder in (other.data_folder, other.data_folder / "web"):
        lock = FolderLock(folder)
        with pytest.raises(FolderInUseError):
            await restore(other, archive)
        lock.release()
    assert contents(other) == before


@pytest.mark.parametrize("passphrase", ["", "another one"])
async def test_secrets_are_opened_by_their_passphrase_alone(
    archive: Path, other: StandaloneSettings, passphrase: str
) -> None:
    before = contents(other)
    elsewhere = other.model_copy(update={"backup_passphrase": SecretStr(passphrase)})
    with pytest.raises(CannotRestoreError, match="BACKUP_PASSPHRASE"):
        await restore(elsewhere, archive)
    assert contents(other) == before
    done = await restore(elsewhere, archive, without_secrets=True)
    assert isinstance(done, Restored)
    assert done.settings_file is None


def test_no_secret_is_readable_in_an_archive(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        everything = b"".join(tar.extractfile(member).read() for member in tar)  # type: ignore[union-attr]
    assert TOKEN.encode() not in everything
    assert PASSPHRASE.encode() not in everything
    assert archive.stat().st_mode & 0o777 == 0o600


async def test_without_a_passphrase_secrets_are_left_out(full: StandaloneSettings, tmp_path: Path) -> None:
    made = await make_backup(full.model_copy(update={"backup_passphrase": SecretStr("")}), tmp_path / "backups")
    assert made.manifest.secrets == "left out"
    assert not any("secrets" in name for name in made.manifest.files)


async def test_old_backups_go_and_nothing_else_does(full: StandaloneSettings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old = folder / "telegram_bot_backup_20200101_020000_complete.tar.gz"
    kept = [folder / "telegram_bot_backup_20200101_database.sql", folder / "notes.txt"]
    for path in (old, *kept):
        path.write_bytes(b"")
    made = await make_backup(full, folder)
    assert made.removed == (old.name,)
    assert {path.name for path in folder.iterdir()} == {made.path.name, LATEST, *(path.name for path in kept)}
    assert (folder / LATEST).resolve() == made.path.resolve()


async def test_where_there_is_nothing_to_back_up_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="DATABASE_PATH"):
        await make_backup(place(tmp_path / "empty"), tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.postgres
async def test_a_backup_of_one_kind_of_database_does_not_fit_the_other(
    archive: Path, other: StandaloneSettings, postgres_address: PostgresAddress
) -> None:
    before = contents(other)
    with pytest.raises(CannotRestoreError, match="unset DB_HOST"):
        await restore(on(other, postgres_address, "any"), archive)
    assert contents(other) == before


@pytest.fixture
def migrated_postgres(postgres_address: PostgresAddress, bare_postgres: str) -> str:
    run(make_postgres(postgres_address, bare_postgres))
    return bare_postgres


@pytest.mark.postgres
async def test_tables_that_do_not_fit_leave_postgresql_and_the_folders_as_they_were(
    full: StandaloneSettings, postgres_address: PostgresAddress, migrated_postgres: str, tmp_path: Path
) -> None:
    settings = on(full, postgres_address, migrated_postgres)
    made = await make_backup(settings, tmp_path / "backups")
    lost = rewritten(made.path, _without_a_column)
    before = contents(settings)
    with pytest.raises(BadArchiveError, match="does not take the table"):
        await restore(settings, lost)
    assert contents(settings) == before
    assert (await make_backup(settings, tmp_path / "again")).manifest.rows == made.manifest.rows


def _without_a_column(members: list[Member]) -> list[Member]:
    """A table whose file names a column that there is not, with a manifest that agrees."""
    from hashlib import sha256

    manifest = json.loads(members[0][1])
    changed = []
    for member, body in members[1:]:
        text = body.replace(b"channel", b"chanell", 1) if member.name == "database/conversations.csv" else body
        manifest["files"][member.name] = {"bytes": len(text), "sha256": sha256(text).hexdigest()}
        changed.append(member_of(member.name, text))
    return [member_of("manifest.json", json.dumps(manifest).encode()), *changed]


def on(settings: StandaloneSettings, server: PostgresAddress, database: str) -> StandaloneSettings:
    """The same place with its tables in PostgreSQL."""
    there: dict[str, Any] = {
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "db_name": database,
    }
    return settings.model_copy(update={**there, "db_password": SecretStr(server.password)})
