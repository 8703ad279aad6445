"""The table of deployment checks counts what ran, and never takes what did not run for something that passed."""

import re
from pathlib import Path

import pytest
import yaml

from tests.infra.manifests import OVERLAYS
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


@pytest.fixture
def root_without_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where environments of tools cannot be made."""
    script = tmp_path / "tools" / "separate.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'no way to the package index' >&2; exit 69\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(check_deploy, "ROOT", tmp_path)


@pytest.mark.usefixtures("root_without_packages")
def test_a_tool_whose_packages_cannot_be_had_is_named() -> None:
    for row in (check_deploy._checkov(), check_deploy._documentation()):
        assert row.result == "NOT checked: no way to the package index"


def test_what_a_program_finds_is_shown_and_fails_the_check() -> None:
    row = check_deploy._asked("shell", "sh", ["sh", "-c", "echo CKV_1; exit 1"])
    assert (row.is_well, list(row.notes)) == (False, ["CKV_1"])


def test_every_check_that_checkov_leaves_out_has_its_reason() -> None:
    text = (check_deploy.ROOT / "infra" / "checkov.yaml").read_text(encoding="utf-8")
    reasons = re.findall(r"(?:^  # .+\n)+^  - (CKV_\w+)$", text, flags=re.MULTILINE)
    assert reasons == yaml.safe_load(text)["skip-check"]
    for path in sorted((check_deploy.ROOT / "infra" / "k8s").rglob("*.yaml")):
        for skipped in re.findall(r"checkov\.io/skip\d+: (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            assert re.fullmatch(r"CKV_\w+=.{20,}", skipped), f"{path.name}: {skipped}"


def test_checkov_is_shown_every_overlay() -> None:
    assert check_deploy.OVERLAYS == OVERLAYS
    assert {path.name for path in (check_deploy.ROOT / "infra" / "k8s" / "overlays").iterdir()} == set(OVERLAYS)
