"""The table of deployment checks counts what ran, and never takes what did not run for something that passed."""

from pathlib import Path

import pytest

from tools import check_deploy
from tools.check_deploy import PROGRAMS, TESTS, outcomes

REPORT = """<testsuites><testsuite>
<testcase classname="tests.infra.test_nginx" name="test_it"/>
<testcase classname="tests.infra.test_nginx" name="test_that"><failure message="no">…</failure></testcase>
<testcase classname="tests.infra.test_compose" name="test_it"><skipped message="docker-compose is not here"/></testcase>
</testsuite></testsuites>"""


def test_outcomes_are_counted_by_file(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")
    found = outcomes(report)
    assert found["test_nginx"] == ({"passed": 1, "failed": 1}, ["failed: test_that"])
    assert found["test_compose"] == ({"skipped": 1}, ["skipped: docker-compose is not here"])
    row = check_deploy._row("nginx", "itself", *found["test_nginx"])
    assert (row.result, row.is_well) == ("1 failed, 1 passed", False)


def test_every_test_of_deployments_has_a_row_with_words_of_its_own() -> None:
    folder = check_deploy.ROOT / "tests" / "infra"
    assert {path.stem for path in folder.glob("test_*.py")} == set(TESTS)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_program_that_is_not_here_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.check_deploy.shutil.which", lambda *_arguments, **_named: None)
    assert "NOT checked" in check_deploy._program(name).result
