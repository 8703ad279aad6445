"""Check what deployments are made of, and print a table: what, how, and what came of it.

Usage: .venv/bin/python -m tools.check_deploy
Ends with 1 where a check fails. A check whose program is not here says so; it is not taken for one that passed.
"""

import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET  # our own report is read

ROOT = Path(__file__).parents[1]
TESTS = {
    "test_dockerfile": ("Dockerfile", "its stages, users and files, against the code"),
    "test_compose": ("compose files", "the compose specification, docker-compose, the settings"),
    "test_manifests": ("Kubernetes manifests", "kubernetes-validate, kustomize's overlays, network policies"),
    "test_nginx": ("nginx", "nginx itself, with requests through it"),
    "test_systemd": ("systemd units", "systemd-analyze, the commands that they give"),
    "test_monitoring": ("Prometheus, Grafana", "promtool, the metrics that there are, the runbook"),
    "test_filebeat": ("Filebeat", "the names in lines of our log"),
    "test_from_another_bot": ("names of other set-ups", "files and commands that they lead to"),
}
"""Test files of tests/infra: what they are about, and how it is looked at."""
PROGRAMS = {"hadolint": ("Dockerfile, by hadolint", ["hadolint", "Dockerfile"])}
"""Programs that are asked where they are installed."""
OVERLAYS = ("dev", "prod", "all-in-one")


@dataclass
class Row:
    """One line of the table."""

    what: str
    how: str
    result: str
    is_well: bool = True
    notes: Sequence[str] = field(default_factory=tuple)


def main() -> None:
    """Run everything and print the table."""
    rows = [*_tests(), *(_program(name) for name in PROGRAMS), _checkov(), _documentation()]
    width, wide = (max(len(getattr(row, part)) for row in rows) for part in ("what", "how"))
    print(f"{'what':{width}}  {'how':{wide}}  result")
    for row in rows:
        print(f"{row.what:{width}}  {row.how:{wide}}  {row.result}")
        for note in row.notes:
            print(f"{'':{width}}  {note}")
    sys.exit(0 if all(row.is_well for row in rows) else 1)


def _tests() -> list[Row]:
    unnamed = {path.stem for path in (ROOT / "tests" / "infra").glob("test_*.py")} - set(TESTS)
    about = {**TESTS, **{name: (name.removeprefix("test_"), "its tests") for name in sorted(unnamed)}}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "tests/infra", f"--junitxml={report}"]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not report.exists():
            sys.exit(f"The tests did not run:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
        return [_row(*about[name], *read) for name, read in sorted(outcomes(report).items()) if name in about]


def outcomes(report: Path) -> dict[str, tuple[Counter[str], list[str]]]:
    """By test file: how many passed, failed or were skipped, and which failed or why they were skipped."""
    counts: defaultdict[str, tuple[Counter[str], list[str]]] = defaultdict(lambda: (Counter(), []))
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  # our own report
        count, notes = counts[case.get("classname", "").rpartition(".")[2]]
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            count["failed"] += 1
            notes.append(f"failed: {case.get('name')}")
        elif skipped is not None:
            count["skipped"] += 1
            notes.append(f"skipped: {skipped.get('message')}")
        else:
            count["passed"] += 1
    return dict(counts)


def _row(what: str, how: str, count: Counter[str], notes: Sequence[str]) -> Row:
    result = ", ".join(f"{count[outcome]} {outcome}" for outcome in ("failed", "passed", "skipped") if count[outcome])
    return Row(what, how, result, is_well=not count["failed"], notes=tuple(dict.fromkeys(notes)))


def _program(name: str) -> Row:
    what, command = PROGRAMS[name]
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        return Row(what, name, f"NOT checked: {name} is not installed")
    return _asked(what, name, [found, *command[1:]])


def _checkov() -> Row:
    what, how = "Dockerfile and manifests", "checkov, but for what infra/checkov.yaml gives reasons for"
    if reason := _not_had("checkov"):
        return Row(what, how, reason)
    with tempfile.TemporaryDirectory() as folder:
        for overlay in OVERLAYS:
            built = Path(folder) / f"{overlay}.yaml"
            command = ["kubectl", "kustomize", f"infra/k8s/overlays/{overlay}", "-o", str(built)]
            try:
                subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
            except (OSError, subprocess.CalledProcessError):
                return Row(what, how, f"NOT checked: kubectl could not build the overlay {overlay}")
        program = str(ROOT / "build" / "checkov-env" / "bin" / "checkov")
        return _asked(what, how, [program, "--config-file", "infra/checkov.yaml", "-d", folder, "-f", "Dockerfile"])


def _documentation() -> Row:
    what, how = "documentation site", "mkdocs build --strict"
    return Row(what, how, reason) if (reason := _not_had("docs")) else _asked(what, how, [str(ROOT / "tools/docs.sh")])


def _not_had(name: str) -> str:
    """Why a tool with an environment of its own cannot be asked; empty where it can."""
    made = subprocess.run([ROOT / "tools" / "separate.sh", name], capture_output=True, text=True, check=False)
    said = made.stderr.strip().splitlines()
    return f"NOT checked: {said[-1] if said else f'tools/separate.sh {name} failed'}" if made.returncode else ""


def _asked(what: str, how: str, command: Sequence[str]) -> Row:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = tuple((done.stdout + done.stderr).splitlines()[-40:])
    well = done.returncode == 0
    return Row(what, how, "well" if well else "found something", well, () if well else said)


if __name__ == "__main__":
    main()
