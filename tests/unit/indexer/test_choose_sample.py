"""The sample answers until documents of one's own do, and never comes back after that."""

from supportbot.common.ids import DocumentId
from supportbot.indexer.use_cases.choose_sample import ChooseSample
from supportbot.indexer.use_cases.scan_folder import ScanFolder
from tests.unit.indexer.fakes import PreparedFiles, RegisterInMemory, found

SAMPLE, OWN = DocumentId("sample/en/returns.md"), DocumentId("returns.md")


def sample_of(register: RegisterInMemory, *, begins: bool = True) -> ChooseSample:
    scan = ScanFolder(PreparedFiles({found(SAMPLE): "s1"}), register, "sample")
    return ChooseSample(scan, register, begins=begins)


async def test_without_documents_of_ones_own_the_sample_is_indexed() -> None:
    register = RegisterInMemory()
    await sample_of(register)()
    assert (register.rows[SAMPLE].state, register.rows[SAMPLE].origin) == ("waiting", "sample")


async def test_while_the_first_own_documents_wait_the_sample_is_not_begun() -> None:
    register = RegisterInMemory()
    await register.note_changed([(found(OWN), "v1")], "folder")
    await sample_of(register)()
    assert set(register.rows) == {OWN}


async def test_whoever_adds_documents_begins_no_sample_and_sees_off_one_that_is_there() -> None:
    register = RegisterInMemory()
    await sample_of(register, begins=False)()
    assert register.rows == {}
    await sample_of(register)()
    register.indexed(SAMPLE)
    await register.note_changed([(found(OWN), "v1")], "given")
    register.indexed(OWN)
    await sample_of(register, begins=False)()
    assert register.rows[SAMPLE].state == "removing"


async def test_a_document_that_failed_does_not_count() -> None:
    register = RegisterInMemory()
    await register.note_unreadable(found(OWN), "folder", "a PDF")
    await sample_of(register)()
    assert SAMPLE in register.rows


async def test_the_sample_serves_until_the_first_own_document_does() -> None:
    register = RegisterInMemory()
    choose = sample_of(register)
    await choose()
    register.indexed(SAMPLE)
    await register.note_changed([(found(OWN), "v1")], "given")
    await choose()
    assert register.rows[SAMPLE].state == "ready"
    register.indexed(OWN)
    await choose()
    assert register.rows[SAMPLE].state == "removing"


async def test_the_sample_does_not_come_back_when_all_own_documents_are_gone() -> None:
    register = RegisterInMemory()
    await sample_of(register)()
    await register.note_changed([(found(OWN), "v1")], "folder")
    register.indexed(OWN)
    await sample_of(register)()
    del register.rows[OWN]
    await sample_of(register)()
    assert register.rows[SAMPLE].state == "removing"


async def test_that_it_was_never_needed_is_remembered_too() -> None:
    register = RegisterInMemory()
    await register.note_changed([(found(OWN), "v1")], "folder")
    register.indexed(OWN)
    await sample_of(register)()
    assert register.sample_over
