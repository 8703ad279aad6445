"""The units: hardened, as systemd understands them, and installed into a place of its own and taken away again."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from supportbot.standalone.operations.units import PORTS
from tests.infra.commands import understood
from tools.distributed.layout import MODULES, ROOT, SERVICES

FOLDER = ROOT / "infra" / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("*.service"))
LONG = ("telegram-bot", "telegram-bot-web", "telegram-bot-all", *(f"supportbot-{name}" for name in MODULES))
TIMERS = sorted(path.stem for path in FOLDER.glob("*.timer"))


def unit(name: str) -> dict[str, dict[str, str]]:
    """A unit's sections; of an option that is there twice, the last."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    parser.read(FOLDER / name, encoding="utf-8")
    return {section: dict(parser[section]) for section in parser.sections()}


@pytest.mark.parametrize("name", LONG)
def test_a_service_is_hardened_drains_and_comes_back(name: str) -> None:
    service = unit(f"{name}.service")["Service"]
    assert service["User"] == "telegram-bot"
    assert service["ProtectSystem"] == "strict"
    assert (service["NoNewPrivileges"], service["CapabilityBoundingSet"]) == ("true", "")
    assert service["Restart"] == "always"
    assert int(service["TimeoutStopSec"]) > 30
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"


@pytest.mark.parametrize("name", [name for name in UNITS if name != "telegram-bot-recover.service"])
def test_systemd_thinks_it_is_little_exposed(name: str) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed; NOTHING was asked of it")
    command = [program, "security", "--offline=true", "--threshold=20", str(FOLDER / name)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout[-300:] + said.stderr


@pytest.mark.parametrize("name", MODULES)
def test_a_unit_starts_its_service(name: str) -> None:
    started = unit(f"supportbot-{name}.service")["Service"]["ExecStart"]
    assert started == f"/opt/telegram-bot/venv/bin/python -m {MODULES[name]}"


@pytest.mark.parametrize(
    ("name", "mode"), [("telegram-bot", "telegram"), ("telegram-bot-web", "web"), ("telegram-bot-all", "all")]
)
def test_a_unit_runs_what_its_name_says(name: str, mode: str) -> None:
    service = unit(f"{name}.service")["Service"]
    assert service["Environment"].split()[0] == f"RUN_MODE={mode}"
    assert service["ExecStart"].endswith("supportbot run")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_gives_a_command_that_there_is(name: str) -> None:
    program, _, arguments = unit(name)["Service"]["ExecStart"].partition(" ")
    if program.endswith("/supportbot"):
        understood(arguments.split())


def test_a_command_knows_every_unit_and_where_it_listens() -> None:
    assert set(PORTS) == set(LONG)
    assert {name: PORTS[f"supportbot-{name}"] for name in MODULES} == SERVICES


def test_no_two_processes_that_run_side_by_side_write_the_same_log() -> None:
    folders = {name: re.search(r"LOGS_PATH=(\S+)", str(unit(f"{name}.service")))[1] for name in LONG}  # type: ignore[index]
    beside = {name: folder for name, folder in folders.items() if name != "telegram-bot-all"}
    assert len(set(beside.values())) == len(beside)
    rotated = (FOLDER / "telegram-bot.logrotate").read_text(encoding="utf-8")
    assert all(name in rotated for name in LONG)


@pytest.mark.parametrize("name", TIMERS)
def test_a_timer_has_its_service_and_systemd_reads_its_calendar(name: str) -> None:
    assert f"{name}.service" in UNITS
    calendar = unit(f"{name}.timer")["Timer"].get("OnCalendar")
    program = shutil.which("systemd-analyze")
    if calendar and program:
        subprocess.run([program, "calendar", calendar], check=True, capture_output=True)


def test_the_installation_ends_the_units_of_another_choice() -> None:
    script = (FOLDER / "install.sh").read_text(encoding="utf-8")
    (every,) = re.findall(r'^every="([^"]+)"$', script, re.MULTILINE)
    assert sorted(every.split()) == sorted(LONG)


def test_a_python_that_is_too_old_is_named_before_anything_is_made(tmp_path: Path) -> None:
    command = [str(FOLDER / "install.sh"), "--root", str(tmp_path / "root")]
    surroundings = {"PATH": os.environ["PATH"], "PYTHON": "false"}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "false is not Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "root").exists()


def test_every_timer_is_started_by_the_installation() -> None:
    script = (FOLDER / "install.sh").read_text(encoding="utf-8")
    assert sorted(set(re.findall(r"(telegram-bot-\w+)\.timer", script))) == TIMERS


@pytest.fixture
def systemd_without(tmp_path: Path) -> dict[str, str]:
    """An environment in which a call of systemctl would fail the installation."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "systemctl").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    (folder / "systemctl").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def installed(root: Path, environment: dict[str, str], *options: str) -> str:
    command = [str(FOLDER / "install.sh"), "--root", str(root), "--no-packages", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_installing_twice_is_installing_once(tmp_path: Path, systemd_without: dict[str, str]) -> None:
    root = tmp_path / "root"
    first = installed(root, systemd_without)
    assert "telegram-bot telegram-bot-web" in first
    before = files_of(root)
    assert {f"etc/systemd/system/{name}" for name in UNITS} <= set(before)
    assert "etc/logrotate.d/telegram-bot" in before
    key = re.search(r"^JWT_SECRET_KEY=([0-9a-f]{64})$", before["opt/telegram-bot/.env"].decode(), re.MULTILINE)
    assert key
    # Commands find the logs of all units there, and timers write beside them.
    assert b"\nLOGS_PATH=/opt/telegram-bot/logs\n" in before["opt/telegram-bot/.env"]
    assert (root / "opt/telegram-bot/.env").stat().st_mode & 0o777 == 0o640
    installed(root, systemd_without, "--units", "services")
    assert files_of(root) == before


def test_uninstalling_leaves_what_is_the_users(tmp_path: Path, systemd_without: dict[str, str]) -> None:
    root = tmp_path / "root"
    installed(root, systemd_without)
    (root / "opt/telegram-bot/data/supportbot.db").write_bytes(b"conversations")
    for _ in range(2):
        subprocess.run([FOLDER / "uninstall.sh", "--root", root], env=systemd_without, check=True, capture_output=True)
    assert set(files_of(root)) == {"opt/telegram-bot/.env", "opt/telegram-bot/data/supportbot.db"}
    subprocess.run(
        [FOLDER / "uninstall.sh", "--purge", "--root", root], env=systemd_without, check=True, capture_output=True
    )
    assert files_of(root) == {}


@pytest.mark.parametrize("options", [["--units", "some"], ["--unit"], ["--root"]])
def test_a_wrong_word_is_explained(options: list[str]) -> None:
    done = subprocess.run([FOLDER / "install.sh", *options], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.startswith("Usage: install.sh")) == (2, True)
