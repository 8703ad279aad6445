"""The two places where contents of documents are kept."""

from pathlib import Path

import pytest

from supportbot.common.files.folder import FolderFiles
from supportbot.common.files.port import Files
from supportbot.common.files.postgres import PostgresFiles
from tests.contract.files.places import FolderPlace, MemoryPlace, Place, PostgresPlace
from tests.fakes.files import FilesInMemory


@pytest.fixture(params=["folder", pytest.param("postgres", marks=pytest.mark.postgres), "fake"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind in turn."""
    if request.param == "folder":
        return FolderPlace(FolderFiles(tmp_path / "data" / "files"), tmp_path / "data" / "files")
    if request.param == "fake":
        return MemoryPlace(FilesInMemory())
    database = request.getfixturevalue("postgres_database")
    return PostgresPlace(PostgresFiles(database), database)


@pytest.fixture
def files(place: Place) -> Files:
    """The port."""
    return place.files
