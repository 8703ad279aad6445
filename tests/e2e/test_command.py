"""The command line: answers, exit codes, and errors that are messages."""

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import TRACEBACK, command, environment, run_command
from tests.e2e.product import Product

ESCALATED, USAGE = 3, 2
SWALLOW = "What is the airspeed velocity of an unladen swallow?"
FIELDS = {"decision", "answer", "confidence", "citations", "reason", "ranked"}


async def test_asked_alone_it_answers_from_the_sample(tmp_path: Path) -> None:
    done = await run_command("ask", "--json", "Как вернуть товар?", folder=tmp_path)
    assert (done.code, done.errors) == (0, "")
    answer = json.loads(done.output)
    assert set(answer) == FIELDS
    assert (answer["decision"], "30 дней" in answer["answer"]) == ("answer", True)
    assert answer["citations"][0]["quote"]


async def test_asked_beside_a_running_process_it_answers_from_the_same_documents(shared_product: Product) -> None:
    done = await run_command(
        "ask", "How do I return an item?", "--json", folder=shared_product.folder, settings=shared_product.settings
    )
    assert (done.code, done.errors) == (0, "")
    assert "30 days" in json.loads(done.output)["answer"]


async def test_a_question_for_a_person_ends_with_3(shared_product: Product) -> None:
    done = await run_command("ask", "--json", SWALLOW, folder=shared_product.folder, settings=shared_product.settings)
    assert done.code == ESCALATED
    answer = json.loads(done.output)
    assert (answer["decision"], answer["answer"]) == ("escalate", "")
    assert answer["reason"]


async def test_for_people_it_prints_the_answer_and_its_sources(shared_product: Product) -> None:
    done = await run_command(
        "ask", "-", folder=shared_product.folder, settings=shared_product.settings, given=b"How do I return an item?\n"
    )
    assert done.code == 0
    assert "30 days" in done.output
    assert "returns.md" in done.output


@pytest.mark.parametrize("question", ["", "   ", "\udcff", "?" * 100_000], ids=["empty", "spaces", "bytes", "long"])
async def test_no_question_makes_a_traceback(shared_product: Product, question: str) -> None:
    done = await run_command("ask", "--", question, folder=shared_product.folder, settings=shared_product.settings)
    assert done.code in {0, 1, USAGE, ESCALATED}
    assert TRACEBACK not in done.said
    assert done.said.strip()


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "run --help",
        "ask --help",
        "index --help",
        "eval --help",
        "eval run --help",
        "eval score --help",
        "config --help",
        "config check --help",
        "config example --help",
        "version --help",
        "version",
        "version --verbose",
        "config example",
        "config check",
    ],
)
async def test_help_and_the_like_end_well(tmp_path: Path, arguments: str) -> None:
    done = await run_command(*arguments.split(), folder=tmp_path)
    assert (done.code, done.errors) == (0, "")
    assert done.output.strip()


@pytest.mark.parametrize(
    "arguments", ["", "sing", "ask", "index", "eval", "run now", "ask --loud hello", "config", "version x"]
)
async def test_wrong_usage_ends_with_2_and_says_what_would_be_right(tmp_path: Path, arguments: str) -> None:
    done = await run_command(*arguments.split(), folder=tmp_path)
    assert done.code == USAGE
    assert "Usage" in done.said
    assert TRACEBACK not in done.said


@pytest.mark.parametrize(
    "arguments",
    [
        "index nowhere.md",
        "eval run --documents nowhere.md --questions nowhere.md --out x.jsonl",
        "eval score --questions nowhere.md --predictions nowhere.md",
    ],
)
async def test_a_file_that_is_not_there_is_named(tmp_path: Path, arguments: str) -> None:
    done = await run_command(*arguments.split(), folder=tmp_path)
    assert done.code in {1, USAGE}, done.said
    assert TRACEBACK not in done.said
    assert "nowhere.md" in done.errors


async def test_an_unreadable_set_of_questions_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_bytes(b"\xff not JSON\n")
    given = ("--documents", "set.jsonl", "--questions", "set.jsonl", "--out", "x.jsonl")
    done = await run_command("eval", "run", *given, folder=tmp_path)
    assert done.code in {1, USAGE}, done.said
    assert TRACEBACK not in done.said
    assert "set.jsonl" in done.errors


async def test_an_empty_folder_has_nothing_to_index(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = await run_command("index", "empty", folder=tmp_path)
    assert done.code in {0, 1}
    assert "0 documents" in done.said
    assert "error" not in done.errors


async def test_how_far_documents_are_is_shown(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "a.md").write_text("# Parking\n\nTelescopes park in the blue hangar.", encoding="utf-8")
    (tmp_path / "given" / "b.md").write_bytes(b"%PDF-1.7 not what its name says")
    assert (await run_command("index", "given", folder=tmp_path)).code == 1
    told = await run_command("index", "status", "--json", folder=tmp_path)
    rows = {row["name"]: row for row in map(json.loads, told.output.splitlines())}
    assert (rows["given/a.md"]["state"], rows["given/a.md"]["progress"]["stage"]) == ("live", "live")
    assert (rows["given/b.md"]["state"], rows["given/b.md"]["progress"]["stage"]) == ("failed", "received")
    table = await run_command("index", "status", "--unfinished", folder=tmp_path)
    assert "given/b.md" in table.output
    assert "given/a.md" not in table.output
    again = await run_command("index", "retry", "given/b.md", folder=tmp_path)
    assert (again.code, "is tried again" in again.output) == (0, True)
    refused = await run_command("index", "retry", "none.md", folder=tmp_path)
    assert (refused.code, "index status" in refused.errors) == (1, True)


async def test_the_index_is_compared_and_rebuilt_while_nothing_runs(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "a.md").write_text("# Parking\n\nTelescopes park in the blue hangar.", encoding="utf-8")
    assert (await run_command("index", "given", folder=tmp_path)).code == 0
    rebuilt = await run_command("index", "rebuild", folder=tmp_path)
    assert (rebuilt.code, "1 documents written anew" in rebuilt.output) == (0, True), rebuilt.said
    agreed = await run_command("index", "verify", "--json", folder=tmp_path)
    report = json.loads(agreed.output)
    assert (agreed.code, report["agrees"], report["passages"]) == (0, True, 1)
    shutil.rmtree(tmp_path / "data" / "index")
    differs = await run_command("index", "verify", folder=tmp_path)
    assert (differs.code, "missing" in differs.output) == (3, True), differs.said
    assert "--repair" in differs.output
    mended = await run_command("index", "verify", "--repair", folder=tmp_path)
    assert (mended.code, "Mended" in mended.output) == (0, True), mended.said
    none = await run_command("index", "versions", "given/a.md", folder=tmp_path)
    assert (none.code, "No versions" in none.errors) == (1, True)


async def test_a_folder_with_other_kinds_of_files_says_how_many_were_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "tool.exe").write_bytes(b"MZ")
    done = await run_command("index", "mixed", folder=tmp_path)
    assert "passed over, as they are of no kind that is read: 1" in done.said


async def test_answers_are_measured_on_a_set_of_questions(tmp_path: Path) -> None:
    lines: dict[str, list[dict[str, Any]]] = {
        "documents.jsonl": [{"id": "parking.md", "title": "Parking", "text": "Telescopes park in the blue hangar."}],
        "questions.jsonl": [
            {"id": "1", "text": "Where do telescopes park?", "history": [], "gold": ["parking.md"], "answerable": True},
            {"id": "2", "text": SWALLOW, "history": [], "gold": [], "answerable": False},
        ],
    }
    for name, rows in lines.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    given = ("--documents", "documents.jsonl", "--questions", "questions.jsonl", "--out", "predictions.jsonl")
    asked = await run_command("eval", "run", *given, folder=tmp_path)
    assert asked.code == 0, asked.said
    assert len((tmp_path / "predictions.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    made = ("--questions", "questions.jsonl", "--predictions", "predictions.jsonl", "--json")
    scored = await run_command("eval", "score", *made, folder=tmp_path)
    assert scored.code == 0, scored.said
    assert json.loads(scored.output)


async def test_a_reader_that_went_away_makes_no_traceback(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *command(),
        "config",
        "example",
        cwd=tmp_path,
        env=environment({}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout._transport.close()  # type: ignore[attr-defined]  # the reading end, as `head` closes it
    assert child.stderr is not None
    errors = (await child.stderr.read()).decode()
    await child.wait()
    assert TRACEBACK not in errors
    assert "Exception ignored" not in errors


async def test_config_check_names_no_secret(tmp_path: Path) -> None:
    secret = "very-secret-" * 4
    done = await run_command("config", "check", folder=tmp_path, settings={"JWT_SECRET_KEY": secret})
    assert done.code == 0
    assert secret not in done.said


async def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    example = await run_command("config", "example", folder=tmp_path)
    everything = re.sub(r"^# ([A-Z_]+=)", r"\1", example.output, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(everything, encoding="utf-8")
    assert (await run_command("config", "check", folder=tmp_path)).code == 0


async def test_a_narrow_terminal_cuts_no_name_of_a_key(tmp_path: Path) -> None:
    name = "a program that uploads price lists every night"
    assert (await run_command("keys", "create", name, folder=tmp_path)).code == 0
    listed = await run_command("keys", "list", folder=tmp_path, settings={"COLUMNS": "80", "FORCE_COLOR": "1"})
    assert name in listed.output
