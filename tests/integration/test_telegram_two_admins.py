"""Two admins, each in their own chat, and one conversation: whoever has it hears what the person writes."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import outbound
from supportbot.common.i18n import translate
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ADMIN, ANNA, World, running, settings_for

DORA = 78


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake:
        fake.add_user(DORA, "Dora")
        async with running(fake, sqlite_database, settings_for(fake, tmp_path, admin_ids=(ADMIN, DORA))) as made:
            yield made


async def test_a_look_at_it_takes_nothing_away_from_who_has_it(world: World) -> None:
    of_dora = await _clara_has_it(world)
    world.telegram.user_says(DORA, "/info", reply_to=of_dora)
    person = translate("staff.mode_person", "en")
    await world.telegram.wait_for_message(DORA, lambda sent: person in sent.text)
    query = world.telegram.user_presses(DORA, of_dora, text=translate("staff.button_take", "en"))
    told = await world.telegram.wait_until(lambda: world.telegram.callback_answer(query))
    assert told["text"] == translate("staff.taken_before", "en")
    world.telegram.user_says(ANNA, "Are you there?")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == "Anna: Are you there?", timeout=20)
    assert not [sent for sent in world.telegram.sent(DORA) if "Are you there?" in sent.text]


async def test_who_answers_instead_hears_what_follows_and_the_other_is_told_so(world: World) -> None:
    of_dora = await _clara_has_it(world)
    world.telegram.user_says(DORA, "I know that one", reply_to=of_dora)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "Dora\nI know that one")
    words = translate("staff.colleague_goes_on", "en", operator="Dora", name="Anna")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == words)
    world.telegram.user_says(ANNA, "Tell me")
    await world.telegram.wait_for_message(DORA, lambda sent: sent.text == "Anna: Tell me", timeout=20)


async def _clara_has_it(world: World) -> int:
    """Anna asks for a person, and Clara takes it. Returns Dora's notice."""
    world.telegram.user_says(ANNA, "/human")
    notices = {}
    for admin in (ADMIN, DORA):
        notices[admin] = (await world.telegram.wait_for_message(admin)).message_id
        await world.row(outbound, author="staff_notice", status="sent", external_id=notices[admin])
    world.telegram.user_presses(ADMIN, notices[ADMIN], text=translate("staff.button_take", "en"))
    leading = translate("staff.you_have_it", "en", name="Anna")
    await world.telegram.wait_for_message(ADMIN, lambda sent: sent.text == leading)
    return notices[DORA]
