"""The same in Telegram: a fake Bot API beside the real process."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from supportbot.common.i18n import translate
from tests.e2e.conftest import Deploy, with_bot
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import until
from tests.fakes.telegram.chats import Sent
from tests.fakes.telegram.server import FakeTelegram

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMIN = 900
BURST_WINDOW_S = 0.5
STAFF_WITHIN_S = 60.0
"""Notices of all tests here share the admin's one chat, which takes one message a second."""
NOT_IN_THE_DOCUMENTS = "What is the airspeed velocity of an unladen swallow?"


@dataclass
class World:
    """A product, its Telegram, and people who write to it."""

    product: Deployment
    telegram: FakeTelegram
    unconfirmed: int = 0
    """Whose reply Telegram did not confirm: what becomes of it takes a while, so it begins before the tests."""
    next_user: int = 1000

    def new_user(self) -> int:
        """A person with an empty private chat."""
        self.next_user += 1
        self.telegram.add_user(self.next_user, f"User {self.next_user}")
        return self.next_user

    async def ask(self, user: int, text: str) -> Sent:
        """Say something and return the next reply."""
        seen = len(self.telegram.sent(user))
        self.telegram.user_says(user, text)
        return (await self.telegram.wait_for_count(seen + 1, user))[seen]

    async def settled(self, user: int) -> list[Sent]:
        """Everything that a person got, once a last question of theirs is answered."""
        await self.ask(user, "Hello")
        return self.telegram.sent(user)[:-1]

    async def admin_is_told_of(self, text: str) -> Sent:
        """The notice to the admin with this text in it, once it is noted as sent: people do not reply sooner."""
        notice = await self.telegram.wait_for_message(ADMIN, lambda sent: text in sent.text, STAFF_WITHIN_S)
        noted = f"external_id = {notice.message_id} AND chat = '{ADMIN}'"
        await until(lambda: self.product.count("outbound", noted), "the notice is noted as sent")
        return notice

    def stored(self, user: int) -> list[str]:
        """What is stored of a person's messages."""
        rows = self.product.rows(
            "SELECT text FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE chat = ? ORDER BY seq",
            str(user),
        )
        return [row["text"] for row in rows]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, deploy: Deploy) -> AsyncIterator[World]:
    with ExitStack() as servers:
        async with FakeTelegram() as telegram:
            telegram.add_user(ADMIN, "Admin")
            settings = with_bot(telegram, ADMIN_IDS=str(ADMIN), BURST_WINDOW=str(BURST_WINDOW_S))
            product = deploy(servers, tmp_path_factory.mktemp("telegram"), settings)
            try:
                await product.start()
                yield begun(World(product, telegram))
                assert (await product.stop(), product.errors_in_log()) == (0, [])
            finally:
                await product.discard()


def begun(world: World) -> World:
    """Begin what takes long."""
    world.unconfirmed = world.new_user()
    world.telegram.fail("sendMessage", chat=world.unconfirmed, status=502, after_accept=True)
    world.telegram.user_says(world.unconfirmed, "How do I return an item?")
    return world


@pytest.mark.parametrize(
    ("question", "word"), [("How do I return an item?", "30 days"), ("Как вернуть товар?", "30 дней")]
)
async def test_a_question_gets_an_answer_with_sources(world: World, question: str, word: str) -> None:
    reply = await world.ask(world.new_user(), question)
    language = "ru" if "Как" in question else "en"
    assert word in reply.text
    assert translate("telegram.sources", language) in reply.text


async def test_an_admins_question_is_answered_like_anybodys(world: World) -> None:
    """While no conversation is theirs: then they are asked whom they write to."""
    assert "30 days" in (await world.ask(ADMIN, "How do I return an item?")).text


async def test_an_admin_replies_to_the_notice_and_the_user_reads_it(world: World) -> None:
    user = world.new_user()
    told = await world.ask(user, NOT_IN_THE_DOCUMENTS)
    assert told.text == translate("answer.escalated", "en")
    notice = await world.admin_is_told_of(NOT_IN_THE_DOCUMENTS)
    world.telegram.user_says(ADMIN, "About 11 metres per second.", reply_to=notice.message_id)
    reply = await world.telegram.wait_for_message(user, lambda sent: "About 11 metres" in sent.text, STAFF_WITHIN_S)
    assert reply.message_id > told.message_id
    assert world.product.count("escalations", f"state = 'open' AND question = '{NOT_IN_THE_DOCUMENTS}'") == 0


async def test_a_vote_is_stored(world: World) -> None:
    user = world.new_user()
    reply = await world.ask(user, "How do I return an item?")
    query = world.telegram.user_presses(user, reply.message_id, text="👍")
    await world.telegram.wait_until(lambda: world.telegram.callback_answer(query))
    rows = world.product.rows(
        "SELECT vote FROM feedback f JOIN conversations c ON c.id = f.conversation_id WHERE chat = ?", str(user)
    )
    assert [row["vote"] for row in rows] == [1]


async def test_the_button_calls_a_person(world: World) -> None:
    user = world.new_user()
    reply = await world.ask(user, "How do I return an item?")
    world.telegram.user_presses(user, reply.message_id, text=translate("telegram.person_button", "en"))
    told = await world.telegram.wait_for_message(
        user, lambda sent: sent.text == translate("answer.escalated_on_request", "en")
    )
    assert told.message_id > reply.message_id
    await world.admin_is_told_of(f"User {user}")


async def test_an_update_that_comes_a_hundred_times_is_stored_and_answered_once(world: World) -> None:
    user = world.new_user()
    world.telegram.user_says(user, "How do I return an item?")
    world.telegram.redeliver(world.telegram.last_update_id(), times=100)
    await world.telegram.wait_for_count(1, user)
    assert len(await world.settled(user)) == 1
    assert world.stored(user) == ["How do I return an item?", "Hello"]


async def test_three_messages_in_a_row_are_one_question(world: World) -> None:
    user = world.new_user()
    for text in ("Hello", "I bought a lamp", "How do I return it?"):
        world.telegram.user_says(user, text)
    await world.telegram.wait_for_count(1, user)
    assert len(await world.settled(user)) == 1


async def test_an_edit_before_the_answer_is_what_gets_answered(world: World) -> None:
    user = world.new_user()
    message = world.telegram.user_says(user, "How do I track my order?")
    world.telegram.user_edits(user, message, "How do I return an item?")
    await world.telegram.wait_for_count(1, user)
    replies = await world.settled(user)
    assert ["30 days" in reply.text for reply in replies] == [True]


async def test_an_edit_after_the_answer_is_answered_anew(world: World) -> None:
    user = world.new_user()
    message = world.telegram.user_says(user, "How do I track my order?")
    await world.telegram.wait_for_count(1, user)
    world.telegram.user_edits(user, message, "How do I return an item?")
    replies = await world.telegram.wait_for_count(2, user)
    assert "30 days" in replies[1].text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 4095 + "👍", id="4,097 units"),
        pytest.param("👍" * 2048, id="emoji"),
        pytest.param("how do I\0return an item?", id="NUL inside"),
        pytest.param("\u202egnihton\u202c", id="right to left"),
        pytest.param("<b>&amp;</i> _*`[", id="markup"),
        pytest.param("é" * 4097, id="long"),
    ],
)
async def test_odd_text_gets_a_reply_like_any_other(world: World, text: str) -> None:
    assert (await world.ask(world.new_user(), text)).text


@pytest.mark.parametrize("text", ["   ", "\u200b", "\0"], ids=["spaces", "zero width", "NUL"])
async def test_a_message_without_words_is_asked_for_words(world: World, text: str) -> None:
    assert (await world.ask(world.new_user(), text)).text


@pytest.mark.parametrize(
    ("kind", "key"),
    [("sticker", "unreadable"), *((kind, "escalated_attachment") for kind in ("voice", "photo", "document", "video"))],
)
async def test_what_cannot_be_read_is_asked_for_in_words_or_given_to_a_person(
    world: World, kind: str, key: str
) -> None:
    user = world.new_user()
    world.telegram.user_sends_media(user, kind)
    reply = (await world.telegram.wait_for_count(1, user))[0]
    assert reply.text == translate(f"answer.{key}", "en")


@pytest.mark.parametrize(
    "update",
    [
        {"message": {"text": "no id"}},
        {"update_id": "7", "message": {}},
        {"update_id": -1, "message": {}},
        {"update_id": 2**63, "message": {}},
        {"update_id": 5, "something_new": {}},
        {"update_id": 6, "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "date": 0, "text": None}},
        [],
        7,
    ],
)
async def test_an_update_that_makes_no_sense_holds_nobody_up(world: World, update: object) -> None:
    world.telegram.inject_update(update)
    assert (await world.ask(world.new_user(), "Hello")).text


async def test_an_edit_of_a_message_that_never_came_is_a_question(world: World) -> None:
    user = world.new_user()
    message = {
        "message_id": 77,
        "date": 1,
        "edit_date": 2,
        "chat": {"id": user, "type": "private"},
        "from": {"id": user, "is_bot": False, "first_name": "Anna", "language_code": "en"},
        "text": "How do I return an item?",
    }
    world.telegram.inject_update({"update_id": world.telegram.last_update_id() + 1, "edited_message": message})
    world.telegram.skip_update_ids(5)
    assert "30 days" in (await world.telegram.wait_for_count(1, user))[0].text


async def test_a_busy_telegram_is_waited_for(world: World) -> None:
    user = world.new_user()
    world.telegram.fail("sendMessage", chat=user, status=429, parameters={"retry_after": 2})
    assert "30 days" in (await world.ask(user, "How do I return an item?")).text
    outcomes = [call.status for call in world.telegram.calls("sendMessage", user)]
    assert outcomes == [429, 200]


async def test_a_reply_that_telegram_did_not_confirm_is_repeated_with_a_label(world: World) -> None:
    replies = await world.telegram.wait_for_count(2, world.unconfirmed, timeout=60)
    labels = [reply.text.startswith(translate("telegram.repeat_label", "en")) for reply in replies]
    assert labels == [False, True]
