"""Alerts and weeks as mails: stored first, sent once, tried again, gathered when there are many."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.mail.alert_letters import PAUSE_S, AlertLetters
from supportbot.admin_api.mail.mailer import Mailer, MailPlan
from supportbot.admin_api.mail.schedule import Weekly, read_weekly
from supportbot.admin_api.mail.store import KEPT_S, LEASE_S, TRIED_FOR_S, forget_old
from supportbot.admin_api.mail.weekly_report import WeeklyReport
from supportbot.admin_api.mail.writing import Writing
from supportbot.admin_api.overview.figures import FigureStore
from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alarm import DatabaseAlarm
from supportbot.common.database.alerts import KEPT_S as ALERTS_KEPT_S
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.clock import after
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.schema.mail_tables import alerts, mails
from supportbot.common.database.schema.tables import answers, messages
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import uuid7
from tests.fakes.mail import ANNA, BORIS, FakeMailServer, mail_server
from tests.integration.indexing import eventually
from tests.integration.test_api_answers import ESCALATED, ask
from tests.integration.test_overview_page import ANSWERED

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncGenerator[FakeMailServer]:
    async with mail_server() as running:
        yield running


def mailer_of(
    database: Database,
    server: FakeMailServer,
    *,
    at: datetime | None = None,
    weekly: Weekly | None = None,
    language: str = "en",
) -> Mailer:
    """A process that sends mails, at this moment."""
    access, writing = server.access(), Writing(language, ZoneInfo("UTC"), "Acme")
    report = WeeklyReport(FigureStore(database), AnswerService(AnswerRepository(database)), writing)
    plan = MailPlan(access, AlertLetters(writing, access.recipients), report, weekly)
    return Mailer(database, plan, clock=lambda: at or datetime.now(UTC))


async def raised(database: Database, text: str, kind: str = "disk", severity: str = "warning") -> AlertRaised:
    alert = AlertRaised.model_validate({"correlation_id": uuid7(), "kind": kind, "severity": severity, "text": text})
    await database.write(lambda tx: raise_alert(tx, alert))
    return alert


async def pass_time(database: Database, seconds: float) -> None:
    """Everything about mails happened so much earlier."""

    async def work(tx: Transaction) -> None:
        for row in (await tx.execute(select(mails))).all():
            moved = {name: getattr(row, name) - timedelta(seconds=seconds) for name in ("due_at", "created_at")}
            await tx.execute(update(mails).where(mails.c.id == row.id).values(**moved))

    await database.write(work)


async def stored(database: Database) -> list[Any]:
    async def read(connection: Any) -> list[Any]:
        return list((await connection.execute(select(mails).order_by(mails.c.created_at))).all())

    return await database.read(read)


def text_of(mail: Any, kind: str = "plain") -> str:
    text: str = mail.get_body((kind,)).get_content()
    return text.replace("\r\n", "\n")


async def test_an_alert_is_mailed_at_once_and_once(database: Database, server: FakeMailServer) -> None:
    mailer, bus = mailer_of(database, server), LocalBus()
    outbox = OutboxPublisher(database, bus)
    await outbox.start()
    await bus.start()
    mailer.start(bus)
    await raised(database, "The disk is <full>", severity="critical")
    await eventually(lambda: _sent(server, 1))
    await mailer.stop()
    await bus.stop(1)
    await outbox.stop()
    (mail,) = server.mails
    assert mail["Subject"] == "Acme: critical: The disk is <full>"
    assert "The disk is <full>" in text_of(mail)
    assert "The disk is &lt;full&gt;" in text_of(mail, "html")
    assert await mailer_of(database, server).look() == 0
    assert [row.state for row in await stored(database)] == ["sent"]


async def _sent(server: FakeMailServer, count: int) -> bool:
    return len(server.mails) == count


async def test_an_alert_that_nobody_was_told_of_by_the_bus_is_mailed_too(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    assert await DatabaseAlarm(sqlite_database)("model_away", "warning", "The model does not answer")
    assert await mailer_of(sqlite_database, server).look() == 1
    assert server.mails[0]["Subject"] == "Acme: The model does not answer"


async def test_a_flood_is_one_mail_that_says_how_many_there_were(database: Database, server: FakeMailServer) -> None:
    mailer = mailer_of(database, server)
    await raised(database, "Reply 0 could not be sent", kind="sending")
    await mailer.look()
    for number in range(1, 30):
        await raised(database, f"Reply {number} could not be sent", kind="sending")
    await raised(database, "The disk is nearly full")
    await mailer.look()
    assert len(server.mails) == 1
    await pass_time(database, PAUSE_S)
    await mailer.look()
    _, flood = server.mails
    text = text_of(flood)
    assert "Reply 29 could not be sent\nand 28 more of this kind" in text
    assert "Reply 28" not in text
    assert "The disk is nearly full" in text


async def test_what_is_critical_comes_first_and_waits_for_a_minute_only(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    mailer = mailer_of(sqlite_database, server)
    await raised(sqlite_database, "First")
    await mailer.look()
    for _ in range(3):
        await raised(sqlite_database, "A small thing", kind="sending")
    await raised(sqlite_database, "The database is away", kind="database", severity="critical")
    await pass_time(sqlite_database, 61)
    await mailer.look()
    assert server.mails[1]["Subject"] == "Acme: critical: The database is away"
    text = text_of(server.mails[1])
    assert text.index("The database is away") < text.index("A small thing")


async def test_a_server_that_is_away_is_asked_again_and_then_told_once(
    database: Database, server: FakeMailServer
) -> None:
    mailer = mailer_of(database, server)
    server.answer = "451 Come back later"
    await raised(database, "First")
    assert await mailer.look() == 1
    for number in range(5):
        await raised(database, f"Meanwhile {number}", kind="sending")
    assert await mailer.look() == 0, "it is left alone for a while"
    await pass_time(database, 3600)
    assert await mailer.look() == 1
    server.answer = "250 OK"
    await pass_time(database, 3600)
    assert await mailer.look() == 1
    assert await mailer.look() == 1, "what came meanwhile is one more mail"
    first, meanwhile = server.mails
    assert "First" in text_of(first)
    assert "and 4 more of this kind" in text_of(meanwhile)
    assert [(row.state, row.attempts) for row in await stored(database)] == [("sent", 3), ("sent", 1)]


async def test_a_mail_is_given_up_after_three_days(sqlite_database: SqliteDatabase, server: FakeMailServer) -> None:
    mailer = mailer_of(sqlite_database, server)
    server.answer = "550 Never"
    await raised(sqlite_database, "First")
    await mailer.look()
    await pass_time(sqlite_database, TRIED_FOR_S + 1)
    await mailer.look()
    (row,) = await stored(sqlite_database)
    assert (row.state, row.token) == ("failed", None)
    assert "550 Never" in row.error
    await pass_time(sqlite_database, 3600)
    assert await mailer.look() == 0


async def test_only_whoever_has_not_got_it_is_sent_it_again(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    mailer = mailer_of(sqlite_database, server)
    server.refuses = {BORIS: "451 Greylisted"}
    await raised(sqlite_database, "First")
    await mailer.look()
    server.refuses = {}
    await pass_time(sqlite_database, 60)
    await mailer.look()
    assert [envelope.rcpt_tos for envelope in server.envelopes] == [[ANNA], [BORIS]]
    assert server.mails[0]["Message-ID"] == server.mails[1]["Message-ID"]


async def test_a_mail_of_a_process_that_was_killed_goes_out_later_under_the_same_id(
    database: Database, server: FakeMailServer
) -> None:
    server.answers_after = asyncio.Event()
    await raised(database, "First")
    killed = asyncio.create_task(mailer_of(database, server).look())
    await eventually(lambda: _asked(server, 1))
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    server.answers_after.set()
    assert await mailer_of(database, server).look() == 0, "somebody may still send it"
    await pass_time(database, LEASE_S)
    assert await mailer_of(database, server).look() == 1
    assert len({mail["Message-ID"] for mail in server.mails}) == 1


async def _asked(server: FakeMailServer, times: int) -> bool:
    return server.attempts >= times


async def test_stopping_finishes_the_mail_in_work(sqlite_database: SqliteDatabase, server: FakeMailServer) -> None:
    server.answers_after = asyncio.Event()
    await raised(sqlite_database, "First")
    mailer = mailer_of(sqlite_database, server)
    mailer.start(LocalBus())
    await eventually(lambda: _asked(server, 1))
    stopping = asyncio.create_task(mailer.stop())
    server.answers_after.set()
    await stopping
    assert [row.state for row in await stored(sqlite_database)] == ["sent"]


async def test_two_processes_send_one_mail(database: Database, server: FakeMailServer) -> None:
    await raised(database, "First")
    await asyncio.gather(*(mailer_of(database, server).look() for _ in range(4)))
    assert len(server.mails) == 1


async def test_alerts_that_are_old_go_and_those_of_yesterday_are_no_news(
    database: Database, server: FakeMailServer
) -> None:
    await raised(database, "Long ago")
    await raised(database, "The day before yesterday", kind="older")

    async def age(tx: Transaction) -> None:
        for text, seconds in (("Long ago", ALERTS_KEPT_S + 60), ("The day before yesterday", 2 * 86_400)):
            await tx.execute(update(alerts).where(alerts.c.text == text).values(raised_at=after(-seconds)))

    await database.write(age)
    assert await mailer_of(database, server).look() == 0
    await raised(database, "Now")
    await mailer_of(database, server).look()
    assert "yesterday" not in text_of(server.mails[0])

    async def kept(connection: Any) -> list[str]:
        return list((await connection.execute(select(alerts.c.text).order_by(alerts.c.id))).scalars())

    assert await database.read(kept) == ["The day before yesterday", "Now"]


async def test_mails_are_forgotten_after_a_month(database: Database, server: FakeMailServer) -> None:
    await raised(database, "First")
    await mailer_of(database, server).look()
    await database.write(forget_old)
    assert len(await stored(database)) == 1
    await database.write(lambda tx: tx.execute(update(mails).values(finished_at=after(-KEPT_S - 60))))
    await database.write(forget_old)
    assert await stored(database) == []


async def week_of_work(database: Database) -> None:
    """Three answers and two hand-overs in the week before MONDAY, one answer in the week before that."""
    for _ in range(3):
        conversation, key = await ask(database, "How long can I return it?", ANSWERED)
    await database.write(lambda tx: record_vote(tx, conversation, reply_key=key, vote=-1))
    for _ in range(2):
        await ask(database, "Do you sell <b>pizza</b>?", ESCALATED)
    moved = MONDAY - timedelta(days=2)
    for table, column in ((answers, "created_at"), (messages, "received_at")):
        await database.write(lambda tx, of=table, named=column: tx.execute(update(of).values({named: moved})))  # type: ignore[misc]
    before, _ = await ask(database, "Where is my parcel?", ANSWERED)
    earlier = update(answers).where(answers.c.conversation_id == before).values(created_at=MONDAY - timedelta(days=9))
    await database.write(lambda tx: tx.execute(earlier))


WEEKLY = read_weekly("Mon 08:00", "UTC")


async def test_the_week_is_reported_once_against_the_week_before(database: Database, server: FakeMailServer) -> None:
    await week_of_work(database)
    for _ in range(2):
        await mailer_of(database, server, at=MONDAY + timedelta(minutes=1), weekly=WEEKLY).look()
    (mail,) = server.mails
    assert mail["Subject"] == "Acme: the week from Nov 16, 2026 to Nov 23, 2026"
    lines = {line.partition(":")[0]: line.partition(":")[2].strip() for line in text_of(mail).splitlines()}
    assert lines["Questions"] == "5 (before 1)"
    assert lines["Answered"] == "3 (before 1)"
    assert lines["Handed over"] == "2 (before 0)"
    assert lines["Answered by itself"].startswith("60")
    assert "worse" in lines["Answered by itself"]
    assert lines["Cost of models"] == "0.00 (before 0.00)"
    assert {"Did not help", "Rating of 5", "First answer", "A person’s first reply", "Until closed"} <= set(lines)
    assert "   2 × Do you sell <b>pizza</b>?" in text_of(mail)
    html = text_of(mail, "html")
    assert "Do you sell &lt;b&gt;pizza&lt;/b&gt;?" in html
    assert "<strong>5</strong>" in html


async def test_a_report_is_written_in_the_language_that_is_set(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    await week_of_work(sqlite_database)
    await mailer_of(sqlite_database, server, at=MONDAY, weekly=WEEKLY, language="ru").look()
    assert server.mails[0]["Subject"] == "Acme: неделя с 16 нояб. 2026 г. по 23 нояб. 2026 г."
    assert "Отвечены машиной" in text_of(server.mails[0])
    assert 'lang="ru"' in text_of(server.mails[0], "html")


async def test_reports_that_were_missed_are_made_up_for_by_the_newest(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    await week_of_work(sqlite_database)
    late = MONDAY + timedelta(days=17)
    await mailer_of(sqlite_database, server, at=late, weekly=WEEKLY).look()
    (mail,) = server.mails
    assert "to Dec 7, 2026" in mail["Subject"]
    assert await mailer_of(sqlite_database, server, at=late + timedelta(days=1), weekly=WEEKLY).look() == 0


async def test_a_report_that_could_not_be_sent_is_sent_when_the_server_is_back(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    await week_of_work(sqlite_database)
    mailer = mailer_of(sqlite_database, server, at=MONDAY, weekly=WEEKLY)
    server.answer = "421 Closed"
    await mailer.look()
    server.answer = "250 OK"
    await pass_time(sqlite_database, 60)
    await mailer.look()
    assert len(server.mails) == 1


async def test_a_new_product_does_not_report_of_a_time_before_it(
    sqlite_database: SqliteDatabase, server: FakeMailServer
) -> None:
    assert await mailer_of(sqlite_database, server, at=MONDAY, weekly=WEEKLY).look() == 0
    await week_of_work(sqlite_database)
    assert await mailer_of(sqlite_database, server, at=MONDAY, weekly=None).look() == 0
