"""What the Dockerfile says of each service, against the code; e2e/test_own_requirements tries the installing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.distributed.layout import MODULES, ROOT, SERVICES

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
TARGETS = (*SERVICES, "all-in-one")


def stage(name: str) -> str:
    """The instructions of one stage."""
    found = re.search(rf"^FROM \S+ AS {name}$(.*?)(?=^FROM |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_starts_its_service_on_its_port(name: str) -> None:
    said = stage(name)
    assert f"ENV WEB_PORT={SERVICES[name]}\nEXPOSE {SERVICES[name]}\n" in said
    assert f'ENTRYPOINT ["python", "-m", "{MODULES[name]}"]' in said


def test_the_last_image_is_everything_in_one_process() -> None:
    assert re.findall(r"^FROM .* AS (\S+)$", TEXT, re.MULTILINE)[-1] == "all-in-one"
    assert 'ENTRYPOINT ["supportbot"]\nCMD ["run"]' in stage("all-in-one")


@pytest.mark.parametrize("name", TARGETS)
def test_an_image_holds_what_was_installed_for_it_and_nothing_else(name: str) -> None:
    assert f"install.sh requirements {name} /app/venv" in stage(f"build-{name}")
    assert f"install.sh packages {name} /app/venv" in stage(f"build-{name}")
    assert re.findall(r"^COPY (.*)$", stage(name), re.MULTILINE) == [f"--from=build-{name} /app/venv /app/venv"]


def test_images_run_as_nobody_special_and_say_how_they_are() -> None:
    said = stage("runtime")
    assert "USER 10001:10001\nSTOPSIGNAL SIGTERM\nHEALTHCHECK" in said
    assert '"supportbot.common.probe"' in said
    assert "org.opencontainers.image.version" in said
    assert "WEB_HOST=0.0.0.0" in said


def test_images_that_read_documents_read_scans_in_both_languages_and_run_as_the_others() -> None:
    of_documents = re.findall(r"^FROM runtime-for-documents AS (\S+)$", TEXT, re.MULTILINE)
    assert of_documents == ["indexer", "all-in-one"]
    said = stage("runtime-for-documents")
    assert all(f"tesseract-ocr-{language}" in said for language in ("eng", "rus"))
    assert said.rstrip().endswith("USER 10001:10001")


def test_the_base_image_is_pinned() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-bookworm$", TEXT, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {
        "${PYTHON_IMAGE}",
        "builder",
        "runtime",
        "runtime-for-documents",
    }


def test_every_folder_that_is_copied_is_let_into_the_build() -> None:
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(\S+)", TEXT, re.MULTILINE)
    assert all(any(path == given or path.startswith(f"{given}/") for given in let_in) for path in copied)


def scripts() -> list[Path]:
    """Every shell script of the infrastructure."""
    return sorted((ROOT / "infra").rglob("*.sh"))


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.name)
def test_a_script_is_sound(script: Path) -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed; NOTHING was checked")
    said = subprocess.run([program, script], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_hadolint_finds_nothing_in_it() -> None:
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if program is None:
        pytest.skip("hadolint is not installed for this kind of machine; the Dockerfile was NOT shown to it")
    said = subprocess.run([program, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
