"""What was taken in is shown beside everything else, and never in the way of it."""

import asyncio

from supportbot.gateway.domain.acts import Act
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import Outcome
from supportbot.gateway.domain.followups import ButtonNoted, FollowUp, ReplyQueued
from supportbot.gateway.use_cases.show_followups import MOST_AT_ONCE, FollowUps

NOTED = ButtonNoted("1", "Thanks")


class SlowMessenger:
    """Shows nothing to its end before it may."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.shown: list[FollowUp] = []

    async def follow_up(self, followup: FollowUp) -> None:
        self.shown.append(followup)
        await self.may_end.wait()

    async def send(self, address: Address, act: Act, *, formatted: bool) -> Outcome:
        raise AssertionError

    async def show_typing(self, address: Address) -> None:
        raise AssertionError


async def test_what_comes_while_too_much_is_being_shown_is_left_out() -> None:
    messenger = SlowMessenger()
    followups = FollowUps(lambda: None)
    followups.messenger = messenger
    for _ in range(MOST_AT_ONCE + 5):
        followups.show(NOTED)
    messenger.may_end.set()
    await followups.settle()
    assert len(messenger.shown) == MOST_AT_ONCE
    followups.show(NOTED)
    await followups.settle()
    assert len(messenger.shown) == MOST_AT_ONCE + 1


async def test_the_sender_is_woken_for_what_was_queued_even_before_there_is_a_messenger() -> None:
    woken: list[str] = []
    followups = FollowUps(lambda: woken.append("now"))
    followups.show(NOTED)
    assert woken == []
    followups.show(ReplyQueued())
    assert woken == ["now"]
