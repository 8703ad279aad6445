"""`supportbot calibrate`, `eval regress` and `eval company`, on a database and a set of documents."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner

from supportbot.common.database import turns
from supportbot.common.database.calibrations import newest_calibration, rated_answers
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.opener import migrate
from supportbot.common.ids import uuid7
from supportbot.standalone.cli.main import application

T = TypeVar("T")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("DATABASE_PATH", str(tmp_path / "data" / "supportbot.db"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def on_database(folder: Path, work: Callable[[SqliteDatabase], Awaitable[T]]) -> T:
    async def run() -> T:
        database = SqliteDatabase(folder / "data" / "supportbot.db")
        try:
            await migrate(database)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def vote(database: SqliteDatabase, confidence: float, raw: float, up: bool) -> None:
    """An answer that somebody voted on."""
    incoming = IncomingMessage("web", "", str(uuid7()), "web:x", str(uuid7()), "hash", "How long?")
    await database.write(lambda tx: receive_message(tx, incoming))
    turn = await database.write(turns.claim_turn)
    assert turn is not None
    trace = {"raw_confidence": raw}
    outcome = turns.Outcome("How long?", "answer", "answered", "30 days", "30 days", confidence, "en", trace=trace)
    key = await database.write(lambda tx: turns.finish_turn(tx, turn, outcome))
    await database.write(lambda tx: record_vote(tx, turn.conversation_id, reply_key=key, vote=1 if up else -1))


def rate(folder: Path, count: int) -> None:
    """Votes on answers that are right half as often as they say."""
    chance = random.Random(5)

    async def work(database: SqliteDatabase) -> None:
        for _ in range(count):
            raw = chance.uniform(0.7, 0.99)
            await vote(database, raw, raw, chance.random() < raw / 2)

    on_database(folder, work)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(application, list(arguments), catch_exceptions=False)
    return done.exit_code, done.output


def test_calibrate_says_what_it_would_change_and_changes_it_only_when_told(data: Path) -> None:
    rate(data, 80)
    code, said = run("calibrate")
    assert code == 0
    assert "80 votes" in said
    assert "--apply" in said
    assert on_database(data, lambda db: db.read(newest_calibration)) is None
    report = json.loads(run("calibrate", "--apply", "--json")[1])
    stored = on_database(data, lambda db: db.read(newest_calibration))
    assert stored is not None
    assert (stored.slope, stored.intercept, stored.ratings) == (
        report["recalibration"]["slope"],
        report["recalibration"]["intercept"],
        80,
    )
    assert report["still_answered"] < report["answered"] == 80
    run("calibrate", "--reset")
    again = on_database(data, lambda db: db.read(newest_calibration))
    assert again is not None
    assert (again.slope, again.intercept) == (1.0, 0.0)


def test_votes_are_held_against_what_was_there_before_any_recalibration(data: Path) -> None:
    on_database(data, lambda db: vote(db, 0.75, 0.95, up=True))
    assert on_database(data, lambda db: db.read(rated_answers)) == [(0.95, True)]


def test_too_few_votes_change_nothing(data: Path) -> None:
    from supportbot.answerer.evaluation.refit import TooFewVotesError

    rate(data, 12)
    with pytest.raises(TooFewVotesError, match="12 votes"):
        run("calibrate", "--apply")
    assert on_database(data, lambda db: db.read(newest_calibration)) is None


def test_regress_runs_two_files_of_settings_and_says_what_became_worse(data: Path) -> None:
    facts = {"returns": "You can return an item within 30 days.", "courier": "The courier costs 390 roubles."}
    lines = [json.dumps({"id": name, "title": name, "text": text}) for name, text in facts.items()]
    Path("documents.jsonl").write_text("\n".join(lines), encoding="utf-8")
    asked = [
        {"id": str(number), "text": f"{question} {number}", "gold": [name]}
        for name, question in (("returns", "Can I return an item?"), ("courier", "What does the courier cost?"))
        for number in range(20)
    ]
    asked = [{**one, "id": str(place)} for place, one in enumerate(asked)]
    Path("questions.jsonl").write_text("\n".join(map(json.dumps, asked)), encoding="utf-8")
    Path("lenient.env").write_text("CONFIDENCE_THRESHOLD=0\n", encoding="utf-8")
    Path("strict.env").write_text("CONFIDENCE_THRESHOLD=1\n", encoding="utf-8")
    sets = ("--documents", "documents.jsonl", "--questions", "questions.jsonl")
    code, said = run("eval", "regress", "lenient.env", "strict.env", *sets, "--changes", "changes.jsonl", "--json")
    found = json.loads(said)
    assert code == 4
    assert "right_decision" in found["worse"]
    assert found["measures"]["hit@1"] == {"questions": 40, "before": 1.0, "after": 1.0, "low": 0.0, "high": 0.0}
    assert len(Path("changes.jsonl").read_text(encoding="utf-8").splitlines()) == 40
    code, said = run("eval", "regress", "strict.env", "lenient.env", *sets)
    assert code == 0
    assert "40 questions changed" in said
