"""`make up` starts every service and what it needs, and keeps it running; `make down` leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.e2e.commands import TRACEBACK, environment, run_command
from tests.e2e.inbox import Operator
from tests.e2e.process import get
from tests.e2e.services import JWT_SECRET_KEY
from tests.e2e.visitor import Visitor
from tests.servers.containers import container_engine
from tests.servers.process import free_port
from tests.servers.rabbitmq_node import programs
from tools.distributed.layout import ROOT, SERVICES, port_setting
from tools.distributed.state import State

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq, pytest.mark.timeout(240)]
USER = 4001


@dataclass
class Machine:
    """A folder in which the command is given, with ports of its own."""

    folder: Path
    ports: dict[str, int]

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """`make up` and the like, without make's preparation of the environment."""
        child = self.start(*words, settings=settings)
        output, errors = child.communicate(timeout=200)
        return subprocess.CompletedProcess(child.args, child.returncode, output, errors)

    def start(
        self, *words: str, stdout: int = subprocess.PIPE, settings: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """The same, not waited for."""
        ports = {port_setting(name): str(port) for name, port in self.ports.items()}
        return subprocess.Popen(
            [sys.executable, "-m", "tools.distributed", *words],
            cwd=self.folder,
            env=environment({"PYTHONPATH": str(ROOT), **ports, **(settings or {})}),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def state(self) -> State:
        """What the supervisor told last."""
        path = self.folder / "build" / "up" / "state.json"
        return State(**json.loads(path.read_text(encoding="utf-8")))

    def base_url(self, name: str) -> str:
        """Where a service is."""
        return f"http://127.0.0.1:{self.ports[name]}"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, {name: free_port() for name in SERVICES})


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, str]]:
    """Everything runs; with it, what was printed."""
    if programs() is None and container_engine() is None:
        pytest.skip("RabbitMQ could not be had: neither rabbitmq-server nor a container engine that answers were found")
    machine = Machine(tmp_path_factory.mktemp("up"), {name: free_port() for name in SERVICES})
    started = machine.run("up")
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        yield machine, started.stdout
    finally:
        machine.run("down")


def control(summary: str, command: str, **arguments: Any) -> Any:
    """Tell the stand-in for Telegram to do something."""
    address = re.search(r"Telegram +a stand-in at (\S+);", summary)
    assert address is not None, summary
    answer = httpx.post(f"{address[1]}/control/{command}", json=arguments, trust_env=False, timeout=40)
    assert answer.is_success, answer.text
    return answer.json()["result"]


def test_it_says_where_everything_is(up: tuple[Machine, str]) -> None:
    machine, summary = up
    for port in machine.ports.values():
        assert f"http://localhost:{port}" in summary
    for server in ("PostgreSQL", "RabbitMQ", "Qdrant", "Telegram", "model"):
        assert server in summary
    assert ("Redis" in summary) is (shutil.which("redis-server") is not None)
    assert "make down" in summary


async def test_a_question_on_the_web_is_answered_and_a_person_replies_from_the_inbox(up: tuple[Machine, str]) -> None:
    machine, _ = up
    async with Visitor(machine.base_url("gateway")) as visitor, Operator(machine.base_url("admin-api")) as operator:
        assert (await visitor.ask("How do I return an item?", within_s=60)).sources
        await visitor.call_person()
        conversation = await operator.find("How do I return an item?")
        assert (await operator.reply(conversation, "I am here.")).is_success
        await visitor.until(lambda: any("I am here." in reply.text for reply in visitor.replies) or None)


def test_a_message_to_the_telegram_stand_in_is_answered(up: tuple[Machine, str]) -> None:
    _, summary = up
    control(summary, "add_user", user_id=USER, first_name="Anna")
    control(summary, "user_says", chat_id=USER, text="How do I return an item?")
    assert control(summary, "wait_for_message", chat_id=USER, timeout_s=30)["text"]


def test_a_second_time_it_says_that_it_runs_and_starts_nothing(up: tuple[Machine, str]) -> None:
    machine, _ = up
    before = machine.state()
    again = machine.run("up")
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, "It runs already; make down stops it.")
    assert machine.state() == before


async def test_the_command_reaches_what_runs(up: tuple[Machine, str]) -> None:
    machine, _ = up
    made = await run_command("keys", "create", "a program", folder=machine.folder)
    assert made.code == 0, made.said
    by_key = {"Authorization": f"Bearer {made.output.strip()}"}
    answer = await get(f"{machine.base_url('admin-api')}/api/v1/documents", **by_key)
    assert answer.status_code == httpx.codes.OK, answer.text
    checked = await run_command("config", "check", folder=machine.folder)
    assert "PostgreSQL" in checked.output
    asked = await run_command("ask", "How do I return an item?", "--json", folder=machine.folder)
    assert asked.code == 0, asked.said
    (machine.folder / "hours.md").write_text("# Opening hours\n\nThe zeppelin desk is open on leap days.\n")
    given = await run_command("index", "hours.md", folder=machine.folder)
    assert "1 documents indexed" in given.output, given.said
    assert not (machine.folder / "data" / "supportbot.db").exists()
    assert not (machine.folder / "data" / "index").exists()


async def test_a_command_that_names_another_database_means_that_one(up: tuple[Machine, str]) -> None:
    machine, _ = up
    elsewhere = {"DB_HOST": "127.0.0.1", "DB_PORT": str(free_port())}
    listed = await run_command("keys", "list", folder=machine.folder, settings=elsewhere)
    assert listed.code == 1
    assert elsewhere["DB_PORT"] in listed.errors


@pytest.mark.parametrize("mode", ["all", "web"])
async def test_one_process_beside_them_on_their_folder_is_refused(up: tuple[Machine, str], mode: str) -> None:
    machine, _ = up
    settings = {"RUN_MODE": mode, "WEB_PORT": str(free_port()), "JWT_SECRET_KEY": JWT_SECRET_KEY}
    refused = await run_command("run", folder=machine.folder, settings=settings)
    assert refused.code == 1
    assert "make down" in refused.errors


def test_the_settings_of_the_servers_are_for_their_owner_only(up: tuple[Machine, str]) -> None:
    machine, summary = up
    assert "data/running.env" in summary
    assert stat.S_IMODE((machine.folder / "data" / "running.env").stat().st_mode) == 0o600


DYING = ("postgres", "rabbitmq", "redis", "qdrant", "telegram", "openai", *SERVICES)


async def test_whatever_dies_is_named_and_started_again_with_what_it_stored(up: tuple[Machine, str]) -> None:
    machine, _ = up
    keys = (await run_command("keys", "list", folder=machine.folder)).output
    before = machine.state().processes
    dying = [name for name in DYING if name in before]
    for name in dying:
        os.kill(before[name], signal.SIGKILL)
    said = machine.run("status")
    assert said.returncode == 1
    assert "is not ready" in said.stdout
    again = machine.run("up")
    assert again.returncode == 0, again.stdout + again.stderr
    after = machine.state()
    assert [name for name in dying if after.processes[name] == before[name]] == []
    assert [name for name in dying if "killed by signal 9" not in after.ended[name]] == []
    logged = (machine.folder / "build" / "up" / "supervisor.log").read_text()
    assert [name for name in dying if f"{name} is started again" not in logged] == []
    assert (await run_command("keys", "list", folder=machine.folder)).output == keys
    async with Visitor(machine.base_url("gateway")) as visitor:
        assert (await visitor.ask("How do I track my order?", within_s=60)).text


def test_stopped_it_leaves_no_process_behind(up: tuple[Machine, str]) -> None:
    machine, _ = up
    supervisor = psutil.Process(machine.state().pid)
    running = [supervisor, *supervisor.children(recursive=True)]
    assert len(running) > len(SERVICES)
    stopped = machine.run("down")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n"), stopped.stderr
    _, left = psutil.wait_procs(running, timeout=10)
    assert [process.cmdline() for process in left] == []
    assert machine.run("down").stdout == "Nothing runs.\n"
    assert machine.run("status").returncode == 1


def test_killed_it_leaves_nothing_after_the_next_command(machine: Machine) -> None:
    started = machine.run("up", "5", RABBITMQ_URL="amqp://u:p@127.0.0.1:1/", DB_HOST="127.0.0.1", DB_PORT="1")
    assert started.returncode == 1
    assert "is not ready" in started.stderr
    home = Path((machine.folder / "build" / "up" / "servers").read_text())
    assert home.is_dir()
    again = machine.run("up", "2")
    assert again.returncode == 1, again.stdout
    running = psutil.Process(machine.state().pid).children(recursive=True)
    os.kill(machine.state().pid, signal.SIGKILL)
    psutil.wait_procs(running, timeout=30)
    assert machine.run("down").stdout == "Nothing runs.\n"
    assert not home.exists()


def test_who_reads_only_the_first_line_of_the_status_gets_no_traceback(up: tuple[Machine, str]) -> None:
    machine, _ = up
    read, write = os.pipe()
    os.close(read)
    told = machine.start("status", stdout=write)
    os.close(write)
    assert TRACEBACK not in told.communicate(timeout=60)[1]


def test_what_cannot_be_set_is_named_before_anything_is_started(machine: Machine) -> None:
    refused = machine.run("up", CONFIDENCE_THRESHOLD="7", QDRANT_URL="localhost:6333")
    assert refused.returncode == 1
    assert "CONFIDENCE_THRESHOLD" in refused.stderr
    assert TRACEBACK not in refused.stderr
    assert machine.run("status").stdout == "Nothing runs.\n"


def test_a_taken_port_is_named_with_the_setting_for_another_one(machine: Machine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", machine.ports["gateway"]))
        taken.listen()
        refused = machine.run("up")
    assert refused.returncode == 1
    assert "GATEWAY_PORT" in refused.stderr
    assert TRACEBACK not in refused.stderr
