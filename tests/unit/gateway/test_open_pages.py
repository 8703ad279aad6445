"""One look for all open pages: who missed something is woken, and nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast
from uuid import UUID

import pytest

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.ids import ConversationId
from supportbot.common.web.doorbell import Doorbell
from supportbot.gateway.domain.timeline import Standing
from supportbot.gateway.entrypoints.open_pages import OpenPages
from supportbot.gateway.web_ports import WebConversations

ASKED = Standing(ConversationId(UUID(int=1)), last_seq=1)


class Bell(Doorbell):
    """Remembers for whom it rang."""

    def __init__(self) -> None:
        super().__init__()
        self.rung: list[object] = []

    def ring(self, topic: object) -> None:
        self.rung.append(topic)


class Conversations:
    """Standings by chat; fails where there are none to give."""

    def __init__(self, found: Mapping[str, Standing] | None) -> None:
        self._found = found

    async def standings(self, chats: Sequence[str]) -> Mapping[str, Standing]:
        if self._found is None:
            raise DatabaseUnavailableError("The disk is full")
        return {chat: self._found[chat] for chat in chats if chat in self._found}


def pages(found: Mapping[str, Standing] | None) -> tuple[OpenPages, Bell]:
    bell = Bell()
    return OpenPages(cast(WebConversations, Conversations(found)), bell), bell


@pytest.mark.parametrize(
    "missed",
    [
        replace(ASKED, last_seq=2),
        replace(ASKED, done_seq=1),
        replace(ASKED, out_seq=1),
        replace(ASKED, mode="person"),
        replace(ASKED, person_expected=True),
    ],
)
async def test_a_page_that_missed_something_is_woken(missed: Standing) -> None:
    open_pages, bell = pages({"a": missed, "b": ASKED})
    with open_pages.opened("a") as a, open_pages.opened("b") as b:
        a.told = b.told = ASKED
        await open_pages.look()
    assert bell.rung == ["a"]


async def test_a_page_that_knows_who_answers_is_left_alone() -> None:
    open_pages, bell = pages({"a": ASKED})
    with open_pages.opened("a") as page:
        page.told = replace(ASKED, operator="Ann")
        await open_pages.look()
    assert bell.rung == []


async def test_before_its_first_message_a_page_is_left_alone() -> None:
    open_pages, bell = pages({})
    with open_pages.opened("a") as page:
        page.told = Standing()
        await open_pages.look()
    assert bell.rung == []


async def test_one_of_two_pages_that_missed_something_is_enough() -> None:
    open_pages, bell = pages({"a": ASKED})
    with open_pages.opened("a") as first, open_pages.opened("a") as second:
        first.told, second.told = ASKED, Standing()
        await open_pages.look()
    assert bell.rung == ["a"]


async def test_where_the_database_is_away_every_page_finds_out() -> None:
    open_pages, bell = pages(None)
    with open_pages.opened("a") as a, open_pages.opened("b") as b:
        a.told = b.told = ASKED
        await open_pages.look()
    assert sorted(map(str, bell.rung)) == ["a", "b"]


async def test_a_closed_page_is_not_looked_for() -> None:
    open_pages, bell = pages(None)
    with open_pages.opened("a"):
        assert open_pages.count("a") == 1
    await open_pages.look()
    assert (open_pages.count("a"), bell.rung) == (0, [])
