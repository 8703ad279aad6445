"""The pages of administrators: what services say of themselves, what went wrong, keys, a person's data."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final, Literal

import httpx
import pytest
from sqlalchemy import select, update

from supportbot.admin_api.administration.curve import Decided, curve_of
from supportbot.common.database.chosen_settings import chosen_threshold
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.tables import bots, conversations, escalations
from supportbot.common.database.standings import tell_standing
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import uuid7
from tests.integration.api_stage import ApiStage
from tests.integration.signing_in import BROWSER
from tests.integration.test_api_answers import ask, escalation
from tests.integration.test_knowledge_pages import come_in

PEOPLE: Final = "/inbox/people"
THRESHOLD_PAGE: Final = "/inbox/threshold"
KEYS: Final = "/inbox/keys"
Channel = Literal["web", "telegram"]


@pytest.fixture
async def stage(tmp_path: Path, sqlite_database: Database) -> AsyncGenerator[ApiStage]:
    made = ApiStage(tmp_path, sqlite_database)
    await made.service.start()
    yield made
    await made.service.stop()


@pytest.fixture
async def anna(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with come_in(stage) as client:
        yield client


async def test_channels_say_how_updates_come_and_what_is_wrong(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    assert "has not been heard of yet" in (await anna.get("/inbox/channels")).text
    bot = {"updates": "webhook", "why": "it delivers", "since": "2026-01-02T03:04:05+00:00", "problem": None}
    told = {"bots": {"telegram_77": bot, "telegram_88": {**bot, "problem": "the token is wrong"}}}
    await stage.database.write(lambda tx: tell_standing(tx, "gateway", told))
    page = (await anna.get("/inbox/channels")).text
    assert ("bot 77" in page, "Updates are sent to us" in page, "the token is wrong" in page) == (True, True, True)
    assert "has not been heard of" not in page


async def test_limits_are_named_as_they_are_set_with_their_effect(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    told = {"settings": {"MODEL_DAILY_BUDGET": 5000, "NEW_ONE": True}}
    await stage.database.write(lambda tx: tell_standing(tx, "answerer", told))
    page = (await anna.get("/inbox/limits")).text
    for text in ("MODEL_DAILY_BUDGET", "5000", "Tokens of all questions of a day", "NEW_ONE", "UPLOAD_LIMIT", "300000"):
        assert text in page


async def test_the_threshold_stands_beside_what_it_would_have_meant(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    assert "No questions yet" in (await anna.get("/inbox/threshold")).text
    await ask(stage.database, "How long?")
    told = {"settings": {"CONFIDENCE_THRESHOLD": 0.65}}
    await stage.database.write(lambda tx: tell_standing(tx, "answerer", told))
    page = (await anna.get("/inbox/threshold")).text
    assert ("<strong>0.65</strong>" in page, 'id="points"' in page) == (True, True)


async def test_an_administrator_changes_the_threshold_and_goes_back_to_the_environments(
    stage: ApiStage, anna: httpx.AsyncClient
) -> None:
    await stage.database.write(lambda tx: tell_standing(tx, "answerer", {"settings": {"CONFIDENCE_THRESHOLD": 0.65}}))
    assert "Go back to" not in (await anna.get(THRESHOLD_PAGE)).text
    for wrong in ("", "1.2", "-0.1", "nan", "1e-1", "0.5 0.6", "٠٫٥"):
        refused = await anna.post(THRESHOLD_PAGE, data={"threshold": wrong}, headers=BROWSER)
        assert (refused.status_code, "a number from 0 to 1" in refused.text) == (422, True), wrong
    done = await anna.post(THRESHOLD_PAGE, data={"threshold": "0,8"}, headers=BROWSER)
    page = (await anna.get(done.headers["location"])).text
    for text in ("<strong>0.80</strong>", "Chosen by Anna", "The environment says 0.65", "The threshold is changed"):
        assert text in page
    assert await stage.database.read(chosen_threshold) == 0.8
    back = await anna.post(THRESHOLD_PAGE, data={"environment": "1"}, headers=BROWSER)
    assert "<strong>0.65</strong>" in (await anna.get(back.headers["location"])).text
    assert await stage.database.read(chosen_threshold) is None
    log = (await anna.get("/inbox/audit")).text
    assert ("changed the threshold" in log, "went back to the environment" in log) == (True, True)


@pytest.mark.usefixtures("anna")
async def test_whoever_may_not_change_the_threshold_is_told_who_may(stage: ApiStage) -> None:
    async with come_in(stage, "vera", "viewer") as vera:
        page = (await vera.get(THRESHOLD_PAGE)).text
        assert ("Administrators can change it here" in page, "Use this threshold" in page) == (True, False)
        assert (await vera.post(THRESHOLD_PAGE, data={"threshold": "0.1"})).status_code == 403
    assert await stage.database.read(chosen_threshold) is None


def test_the_curve_goes_by_votes_where_there_are_enough_and_by_what_was_measured_else() -> None:
    decided = [Decided(confidence / 100, 0.9 if confidence > 60 else 0.8) for confidence in range(100)]
    few = curve_of(decided, [(0.9, False)])
    at = {point.threshold: point for point in few.points}
    assert (few.by_votes, at[0.5].answered, at[0.5].wrong, at[0.8].wrong) == (False, 0.5, 0.2, 0.1)
    many = curve_of(decided, [(0.9, True)] * 30 + [(0.5, False)] * 10)
    at = {point.threshold: point for point in many.points}
    assert (many.by_votes, at[0.5].wrong, at[0.9].wrong) == (True, 0.25, 0.0)
    assert curve_of([], []).points[0].answered is None


async def test_a_dead_letter_is_asked_again_once(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    letter = await escalation(stage.database, "What kills it?")
    dead = update(escalations).where(escalations.c.id == letter).values(dead_letter=True)
    await stage.database.write(lambda tx: tx.execute(dead))
    assert "What kills it?" in (await anna.get("/inbox/trouble")).text
    path = f"/inbox/trouble/{letter}/replay"
    assert (await anna.post(path, headers=BROWSER)).headers["location"] == "/inbox/trouble?done=replay"
    again = await anna.post(path, headers=BROWSER)
    assert (again.status_code, "meanwhile" in again.text) == (409, True)


async def test_a_key_is_made_shown_once_used_and_revoked(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    made = await anna.post(KEYS, data={"name": "import", "scope_documents": "1"}, headers=BROWSER)
    key = re.search(r"<code>(sb_[^<]+)</code>", made.text)
    assert key
    assert key.group(1) not in (await anna.get(KEYS)).text
    async with stage.client(key.group(1)) as program:
        assert (await program.get("/api/v1/documents")).status_code == 200
        assert (await program.get("/api/v1/faq")).status_code == 403
        path = re.search(rf"{KEYS}/[0-9a-f-]{{36}}/revoke", made.text)
        assert path
        assert (await anna.post(path.group(0), headers=BROWSER)).status_code == 303
        assert (await program.get("/api/v1/documents")).status_code == 401
    assert (await anna.post(KEYS, data={"name": "none"}, headers=BROWSER)).status_code == 422
    assert (await anna.post(path.group(0), headers=BROWSER)).status_code == 404


async def someone(database: Database, channel: Channel, bot: str, chat: str) -> str:
    incoming = IncomingMessage(channel, bot, chat, f"{channel}:x", str(uuid7()), "hash", "My street is Elm Street")

    async def work(tx: Transaction) -> None:
        await receive_message(tx, incoming)
        if bot:
            moment = select(conversations.c.created_at).limit(1).scalar_subquery()
            await tx.execute(bots.insert().values(bot=bot, sender_until=moment, poller_until=moment))

    await database.write(work)
    found = select(conversations.c.id).where(conversations.c.chat == chat)

    async def look(connection: object) -> str:
        return str((await connection.execute(found)).scalar_one())  # type: ignore[attr-defined]

    return await database.read(look)


@pytest.mark.parametrize(("channel", "bot", "chat"), [("web", "", "hash"), ("telegram", "77", "4242")])
async def test_a_persons_data_is_handed_out_and_deleted(
    stage: ApiStage, anna: httpx.AsyncClient, channel: Channel, bot: str, chat: str
) -> None:
    conversation = await someone(stage.database, channel, bot, chat)
    page = (await anna.get(PEOPLE, params={"find": chat if bot else conversation})).text
    assert conversation in page
    data = await anna.get(f"{PEOPLE}/{conversation}/data.json")
    assert data.json()["conversations"][0]["messages"][0]["text"] == "My street is Elm Street"
    unsure = await anna.post(f"{PEOPLE}/{conversation}/erase", data={"sure": "yes"}, headers=BROWSER)
    assert (unsure.status_code, "nothing was deleted" in unsure.text) == (422, True)
    word = chat if bot else conversation[:8]
    erased = await anna.post(f"{PEOPLE}/{conversation}/erase", data={"sure": word}, headers=BROWSER)
    assert erased.headers["location"] == f"{PEOPLE}?done=erased"
    assert (await anna.get(f"{PEOPLE}/{conversation}/data.json")).status_code == 404
    log = (await anna.get("/inbox/audit")).text
    assert ("took a person" in log, "deleted a person" in log, "Elm Street" in log) == (True, True, False)


@pytest.mark.parametrize("find", ["", "nobody", "0" * 30, "' OR 1=1", "019ad000-0000-7000-8000-000000000000"])
async def test_nobody_is_found_by_nonsense(anna: httpx.AsyncClient, find: str) -> None:
    page = await anna.get(PEOPLE, params={"find": find})
    assert (page.status_code, "Download everything" in page.text) == (200, False)
