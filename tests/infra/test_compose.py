"""The compose files against the code, the compose specification, and docker-compose itself."""

import json
import re
import shutil
import stat
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from supportbot.admin_api.__main__ import Settings as AdminApiSettings
from supportbot.answerer.__main__ import Settings as AnswererSettings
from supportbot.common.settings import CommonSettings
from supportbot.gateway.__main__ import Settings as GatewaySettings
from supportbot.indexer.__main__ import Settings as IndexerSettings
from supportbot.standalone.settings import StandaloneSettings
from tests.infra.compose_files import (
    ALL_IN_ONE,
    FOLDER,
    PRODUCTION,
    SHARED,
    compose,
    names_in,
    secret_name,
    services,
    variables,
)
from tests.infra.secret_settings import missing_secrets
from tools.distributed.layout import ROOT
from tools.prometheus_rule import RULES

OURS: dict[str, type[CommonSettings]] = {
    "gateway": GatewaySettings,
    "answerer": AnswererSettings,
    "indexer": IndexerSettings,
    "admin-api": AdminApiSettings,
    "operate": StandaloneSettings,
}
SERVERS = ("postgres", "redis", "rabbitmq", "qdrant")
FILES = (ALL_IN_ONE, PRODUCTION)
EVERY_SERVICE = [(file, name) for file in FILES for name in services(file)]
IMAGE = re.compile(r"([a-z0-9-]+/)?[a-z0-9-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?")
"""A name of the public hub, without a host, with a version."""


@pytest.mark.parametrize("file", FILES)
def test_it_is_as_the_compose_specification_says(file: str) -> None:
    schema = SHARED / "apis" / "compose-spec.schema.json"
    if not schema.exists():
        pytest.skip("The specification is not at hand; NOTHING was held against it")
    jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(compose(file))


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_told_only_what_it_reads(name: str) -> None:
    service = services(PRODUCTION)[name]
    known = {field.upper() for field in OURS[name].model_fields}
    assert set(service["environment"]) <= known
    assert {secret_name(one).upper() for one in service["secrets"]} <= known


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_be_given_every_secret_that_it_uses(name: str) -> None:
    given = {secret_name(one) for one in services(PRODUCTION)[name]["secrets"]}
    assert missing_secrets(OURS[name], given) == set()


def test_the_one_container_is_told_only_what_it_reads() -> None:
    known = {field.upper() for field in StandaloneSettings.model_fields}
    assert set(services(ALL_IN_ONE)["app"]["environment"]) <= known


@pytest.mark.parametrize(("file", "name"), EVERY_SERVICE)
def test_every_container_has_limits_and_no_more_rights_than_it_needs(file: str, name: str) -> None:
    service = services(file)[name]
    assert IMAGE.fullmatch(service["image"]), service["image"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit", "restart", "logging"} <= set(service)
    assert "privileged" not in service


@pytest.mark.parametrize(("file", "name"), [*((PRODUCTION, name) for name in OURS), (ALL_IN_ONE, "app")])
def test_our_containers_write_nowhere_but_where_they_are_let(file: str, name: str) -> None:
    service = services(file)[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["init"] is True
    assert service["stop_grace_period"] == "45s"  # more than the 30 s in which a process drains


@pytest.mark.parametrize("name", sorted(set(services(PRODUCTION)) - set(OURS)))
def test_every_server_says_whether_it_is_well(name: str) -> None:
    assert services(PRODUCTION)[name]["healthcheck"]["test"]


def test_nginx_alone_is_reached_from_outside() -> None:
    published = {name: one["ports"] for name, one in services(PRODUCTION).items() if "ports" in one}
    assert set(published.pop("nginx")) == {"80:80", "443:443"}
    assert all(port.startswith("127.0.0.1:") for port in chain(*published.values())), published


@pytest.mark.parametrize("name", SERVERS)
def test_servers_are_on_a_network_without_a_way_out(name: str) -> None:
    assert services(PRODUCTION)[name]["networks"] == ["data"]
    assert compose(PRODUCTION)["networks"]["data"]["internal"] is True


@pytest.mark.parametrize(("file", "name"), [(PRODUCTION, "answerer"), (PRODUCTION, "operate"), (ALL_IN_ONE, "app")])
def test_the_companys_own_words_come_from_a_folder_of_the_machine(file: str, name: str) -> None:
    service = services(file)[name]
    assert service["environment"]["SYNONYMS_PATH"] == "/app/synonyms/synonyms.txt"
    assert any(":/app/synonyms" in one for one in service["volumes"])
    assert "SYNONYMS_FOLDER" in variables(file)


def test_the_one_container_is_told_everything_about_mail() -> None:
    told = set(services(ALL_IN_ONE)["app"]["environment"])
    about = ("SMTP_", "MAIL_", "WEEKLY_REPORT_")
    assert {name.upper() for name in AdminApiSettings.model_fields if name.upper().startswith(about)} <= told


def test_no_secret_stands_in_the_environment_of_a_production_container() -> None:
    secret = {
        name.upper() for name, field in StandaloneSettings.model_fields.items() if "Secret" in str(field.annotation)
    }
    for name, service in services(PRODUCTION).items():
        assert not secret & set(service.get("environment", {})), name


def test_names_that_people_know_from_the_guide_still_lead_somewhere() -> None:
    found = services(PRODUCTION)
    assert found["gateway"]["networks"]["web"]["aliases"] == ["telegram-bot"]
    assert found["admin-api"]["networks"]["web"]["aliases"] == ["web-interface"]
    assert {"postgres", "redis", "nginx"} <= set(found)
    assert "app" in services(ALL_IN_ONE)


def test_the_example_names_only_what_is_read() -> None:
    settings = {field.upper() for kind in OURS.values() for field in kind.model_fields}
    docker = {"COMPOSE_PROJECT_NAME", "DOMAIN"}
    assert names_in(FOLDER / "env.prod.example") <= settings | variables(PRODUCTION) | docker


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A copy of the folder in which prepare.sh was run."""
    folder = tmp_path / "infra" / "compose"
    kept_out = shutil.ignore_patterns("secrets", "ssl", "data", "backups", ".env.prod", "alertmanager.yml")
    shutil.copytree(FOLDER, folder, ignore=kept_out)
    shutil.copy(ROOT / ".env.example", tmp_path)
    subprocess.run([folder / "prepare.sh"], check=True, capture_output=True)
    return folder


def test_preparing_makes_every_file_that_is_mounted(prepared: Path) -> None:
    for name, secret in compose(PRODUCTION)["secrets"].items():
        path = prepared / secret["file"]
        assert path.exists(), name
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o444
            assert len(path.read_text(encoding="ascii")) > 30
    assert stat.S_IMODE((prepared / "secrets").stat().st_mode) == 0o700
    assert (prepared / "ssl" / "key.pem").exists()


@pytest.mark.parametrize(("chat", "told"), [("", []), ("-1001234567", [-1001234567])])
def test_alerts_go_to_the_administrators_chat(prepared: Path, chat: str, told: list[int]) -> None:
    settings = prepared / ".env.prod"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("ADMIN_CHAT_ID=", f"ADMIN_CHAT_ID={chat}"), encoding="utf-8")
    subprocess.run([prepared / "prepare.sh"], check=True, capture_output=True)
    made = yaml.safe_load((prepared / "alertmanager.yml").read_text(encoding="utf-8"))
    (receiver,) = made["receivers"]
    assert [one["chat_id"] for one in receiver.get("telegram_configs", [])] == told
    assert {route["receiver"] for route in made["route"]["routes"]} == {receiver["name"]}
    silenced = set(re.findall(r"\w+", made["inhibit_rules"][0]["target_matchers"][0].partition("~")[2]))
    assert silenced <= set(re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8")))


def test_preparing_again_changes_nothing(prepared: Path) -> None:
    before = _contents(prepared)
    again = subprocess.run([prepared / "prepare.sh"], check=True, capture_output=True, text=True)
    assert again.stdout == ""
    assert _contents(prepared) == before


def test_the_secrets_are_accepted_by_the_settings(prepared: Path) -> None:
    read = {path.name: path.read_text(encoding="ascii") for path in (prepared / "secrets").iterdir()}
    values: dict[str, Any] = {name: value for name, value in read.items() if name in StandaloneSettings.model_fields}
    settings = StandaloneSettings(environment="production", db_host="postgres", **values)
    assert settings.problems() == []
    assert settings.rabbitmq_url.get_secret_value().split("@")[0].rpartition(":")[2] in read["rabbitmq_account"]


@pytest.mark.parametrize("file", FILES)
def test_docker_compose_understands_it(file: str, prepared: Path) -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed; it was NOT asked")
    command = [program, "-f", file, "--env-file", ".env.prod", "config", "--services"]
    said = subprocess.run(command, cwd=prepared, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    always = {name for name, one in services(file).items() if "profiles" not in one}
    assert always <= set(said.stdout.split())


def test_the_one_container_gets_every_setting_and_keeps_its_own_places(prepared: Path, tmp_path: Path) -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed; it was NOT asked")
    (tmp_path / ".env").write_text("ENV_FILE=.env\nBURST_WINDOW=3\nWEB_PORT=8080\nLOGS_PATH=logs\n", encoding="utf-8")
    command = [program, "-f", ALL_IN_ONE, "--env-file", str(tmp_path / ".env"), "config"]
    said = subprocess.run(command, cwd=prepared, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    app = yaml.safe_load(said.stdout)["services"]["app"]
    told = {name: str(app["environment"][name]) for name in ("BURST_WINDOW", "WEB_PORT", "LOGS_PATH")}
    assert told == {"BURST_WINDOW": "3", "WEB_PORT": "5000", "LOGS_PATH": ""}
    assert "8080" in str(app["ports"])


def test_the_example_sets_nothing_where_it_stands_in_for_settings() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_commands_of_the_documentation_name_the_file_with_the_projects_name(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    commands = re.findall(r"docker-compose -f [^\s]*docker-compose\.prod\.yml.*", text)
    assert [command for command in commands if "--env-file" not in command] == []


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
