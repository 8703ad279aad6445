"""A scan finds what is new, changed or gone, reads no more than it must, and is stopped by no single file."""

from supportbot.common.ids import DocumentId
from supportbot.indexer.domain.documents import DocumentGoneError, KnownDocument, State, UnreadableDocumentError
from supportbot.indexer.use_cases.scan_folder import Changes, ScanFolder
from tests.unit.indexer.fakes import PreparedFiles, RegisterInMemory, found

A, B = DocumentId("a.md"), DocumentId("b.md")


def scan_of(files: PreparedFiles, register: RegisterInMemory) -> ScanFolder:
    return ScanFolder(files, register, "folder", "given")


def knows(
    name: DocumentId, *, version: str = "v1", fingerprint: str = "f1", state: State = "ready"
) -> RegisterInMemory:
    return RegisterInMemory({name: KnownDocument(name, "folder", state, version, "v1", fingerprint, "/documents")})


async def test_a_new_file_waits_to_be_indexed() -> None:
    register = RegisterInMemory()
    changes = await scan_of(PreparedFiles({found(A): "v1"}), register)()
    assert (changes, register.rows[A].state, register.rows[A].version) == (Changes(1, 0), "waiting", "v1")


async def test_a_file_that_looks_as_before_is_not_read() -> None:
    files = PreparedFiles({found(A): "v1"})
    await scan_of(files, knows(A))()
    assert files.asked == []


async def test_a_touched_file_with_the_same_content_is_not_indexed_again() -> None:
    register = knows(A)
    changes = await scan_of(PreparedFiles({found(A, "f2"): "v1"}), register)()
    assert (changes.changed, register.rows[A].state, register.rows[A].fingerprint) == (0, "ready", "f2")


async def test_a_file_that_may_still_be_written_is_read_at_every_look() -> None:
    files = PreparedFiles({found(A, ""): "v1"})
    for _ in range(2):
        await scan_of(files, knows(A, fingerprint=""))()
    assert files.asked == [A, A]


async def test_a_changed_file_waits_while_its_old_content_serves() -> None:
    register = knows(A)
    await scan_of(PreparedFiles({found(A, "f2"): "v2"}), register)()
    assert (register.rows[A].state, register.rows[A].indexed_version) == ("waiting", "v1")


async def test_a_file_that_is_gone_is_removed() -> None:
    register = knows(A)
    assert await scan_of(PreparedFiles(), register)() == Changes(0, 1)
    assert register.rows[A].state == "removing"


async def test_a_file_that_came_back_while_it_was_being_removed_waits_again() -> None:
    register = knows(A, state="removing")
    await scan_of(PreparedFiles({found(A): "v1"}), register)()
    assert register.rows[A].state == "waiting"


async def test_nothing_is_removed_below_a_folder_that_cannot_be_seen() -> None:
    inside = DocumentId("en/a.md")
    for unseen in ("en", ""):
        register = knows(inside)
        await scan_of(PreparedFiles(unseen=(unseen,)), register)()
        assert register.rows[inside].state == "ready"


async def test_a_file_that_cannot_be_read_fails_alone_and_is_named_once() -> None:
    register = RegisterInMemory()
    files = PreparedFiles({found(A): UnreadableDocumentError("too large"), found(B): "v1"})
    assert (await scan_of(files, register)()).changed == 1
    assert (register.rows[A].state, register.errors[A], register.rows[B].state) == ("failed", "too large", "waiting")
    register.errors.clear()
    await scan_of(files, register)()
    assert register.errors == {}


async def test_a_file_that_can_be_read_again_is_indexed() -> None:
    register = RegisterInMemory()
    await scan_of(PreparedFiles({found(A): UnreadableDocumentError("forbidden")}), register)()
    await scan_of(PreparedFiles({found(A): "v1"}), register)()
    assert register.rows[A].state == "waiting"


async def test_a_file_that_goes_while_it_is_read_or_a_sick_disk_stops_no_other() -> None:
    register = RegisterInMemory()
    trouble = {found("gone.md"): DocumentGoneError("gone"), found("sick.md"): OSError(5, "Input/output error")}
    await scan_of(PreparedFiles({**trouble, found(B): "v1"}), register)()
    assert set(register.rows) == {B}
