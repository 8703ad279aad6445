"""Alerts reach people as a few messages a minute, critical ones first, and none is forgotten meanwhile."""

from typing import Literal

from supportbot.common.cache.memory import MemoryCache
from supportbot.common.contracts import AlertRaised
from supportbot.common.ids import uuid7
from supportbot.gateway.use_cases.group_alerts import IN_ALL, AlertGroup, AlertGroups


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def alert(kind: str, text: str = "text", severity: Literal["warning", "critical"] = "warning") -> AlertGroup:
    return AlertGroup(AlertRaised(correlation_id=uuid7(), kind=kind, severity=severity, text=text))


def shown(groups: list[AlertGroup]) -> list[tuple[str, int]]:
    return [(group.newest.text, group.count) for group in groups]


async def test_one_of_a_kind_is_told_at_once_and_the_others_together_when_a_minute_has_passed() -> None:
    clock = Clock()
    groups = AlertGroups(MemoryCache(clock))
    groups.hold(alert("sending", "first"))
    assert shown(await groups.due()) == [("first", 1)]
    for number in range(5):
        groups.hold(alert("sending", f"later {number}"))
    assert await groups.due() == []
    assert groups.held == 5
    clock.now_s += 61
    assert shown(await groups.due()) == [("later 4", 5)]
    assert groups.held == 0


async def test_however_many_kinds_there_are_few_are_told_a_minute_and_critical_ones_first() -> None:
    clock = Clock()
    groups = AlertGroups(MemoryCache(clock))
    for number in range(2 * IN_ALL):
        groups.hold(alert(f"kind {number}", f"warning {number}"))
    groups.hold(alert("kind 0", "the disk is full", "critical"))
    first = shown(await groups.due())
    assert len(first) == IN_ALL
    assert first[0] == ("the disk is full", 1)
    told = len(first)
    for _ in range(5):
        clock.now_s += 61
        now_told = len(await groups.due())
        assert now_told <= IN_ALL
        told += now_told
    assert told == 2 * IN_ALL + 1


async def test_two_gateways_with_one_cache_tell_one_of_a_kind() -> None:
    cache = MemoryCache(Clock())
    here, there = AlertGroups(cache), AlertGroups(cache)
    here.hold(alert("sending"))
    there.hold(alert("sending"))
    assert len(await here.due()) + len(await there.due()) == 1


async def test_what_several_processes_say_in_the_same_words_is_told_once_in_ten_minutes() -> None:
    clock = Clock()
    cache = MemoryCache(clock)
    here, there = AlertGroups(cache), AlertGroups(cache)
    first = alert("model_refused", "the key is refused").newest
    await here.gather(first)
    await here.gather(first)  # delivered again, as nobody knows whether it was told
    await there.gather(alert("model_refused", "the key is refused").newest)
    assert (shown(await here.due()), await there.due()) == ([("the key is refused", 2)], [])
    await there.gather(alert("model_refused", "the quota is used up").newest)
    clock.now_s += 601
    await there.gather(alert("model_refused", "the key is refused").newest)
    assert shown(await there.due()) == [("the key is refused", 2)]


async def test_an_alert_that_was_told_and_is_delivered_again_is_not_told_again() -> None:
    clock = Clock()
    cache = MemoryCache(clock)
    here, there = AlertGroups(cache), AlertGroups(cache)
    told = alert("model_down", "the model is away").newest
    await here.gather(told)
    assert shown(await here.due()) == [("the model is away", 1)]
    await there.gather(told)
    clock.now_s += 61
    assert (here.held, there.held) == (0, 0)


async def test_what_could_not_be_told_is_held_again_with_what_came_since() -> None:
    groups = AlertGroups(MemoryCache(Clock()))
    groups.hold(alert("sending", "old"))
    (failed,) = await groups.due()
    groups.hold(alert("sending", "new"))
    groups.hold(failed)
    assert groups.held == 2
