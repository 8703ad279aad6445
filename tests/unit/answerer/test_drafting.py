"""An answer is shown while it is written: whole sentences that hold, and nothing of an answer that does not."""

import json
from functools import partial
from typing import Any

import pytest

from supportbot.answerer.domain.grounding import GroundingCheck
from supportbot.answerer.domain.growing_reply import GrowingReply
from supportbot.answerer.domain.masking import Vault
from supportbot.answerer.use_cases.draft_answer import DraftAnswer, Shown
from tests.unit.answerer.passages import passage

PASSAGE = passage("You can return an item within 30 days. The courier costs 390 roubles. Keep the receipt.")
GOOD = ["You can return an item within 30 days.", "The courier costs 390 roubles.", "Keep the receipt."]


def reply(*sentences: str, **values: Any) -> str:
    said = [{"text": text, "citations": [1]} for text in sentences]
    return json.dumps({"answerable": True, "complete": True, "sentences": said, **values})


class Screen:
    """What somebody sees, one draft after the other."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, text: str) -> None:
        self.seen.append(text)


def draft(screen: Screen, *, confidence: float = 0.9, threshold: float = 0.7) -> DraftAnswer:
    return DraftAnswer(Shown(screen, threshold), partial(GroundingCheck, [PASSAGE]), Vault(), confidence)


async def write(one: DraftAnswer, text: str, step: int = 7) -> None:
    for end in range(0, len(text) + step, step):
        await one.hear(text[:end])


@pytest.mark.parametrize("step", [1, 7, 40, 10_000])
def test_every_sentence_comes_out_once_as_soon_as_it_is_whole(step: int) -> None:
    growing, text = GrowingReply(), reply(*GOOD)
    found = [sentence.text for end in range(0, len(text) + step, step) for sentence in growing.read(text[:end])]
    assert found == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "I would say that you can return it.",
        json.dumps({"answerable": False, "complete": False, "sentences": [{"text": "No.", "citations": []}]}),
        json.dumps({"sentences": [{"text": "No.", "citations": [1]}], "answerable": True}),
        '{"answerable": true, "sentences": ["plain text"]}',
        '{"answerable": true, "sentences": [{"text": 5, "citations": [1]}]}',
    ],
)
def test_nothing_comes_out_of_what_is_not_of_the_agreed_form(text: str) -> None:
    assert GrowingReply().read(text) == []


async def test_sentences_are_shown_one_after_the_other() -> None:
    screen = Screen()
    await write(draft(screen), reply(*GOOD))
    assert screen.seen == [GOOD[0], " ".join(GOOD[:2]), " ".join(GOOD)]


async def test_a_sentence_that_does_not_hold_takes_all_of_it_back_for_good() -> None:
    screen = Screen()
    await write(draft(screen), reply(GOOD[0], "The courier costs 500 roubles.", GOOD[2]))
    assert screen.seen == [GOOD[0], ""]


async def test_what_would_go_to_a_person_is_not_shown_meanwhile() -> None:
    screen = Screen()
    await write(draft(screen, confidence=0.05), reply(*GOOD))
    await write(draft(screen, confidence=0.3, threshold=0.9), reply(*GOOD, complete=False))
    assert screen.seen == []


async def test_a_request_that_is_repeated_begins_anew() -> None:
    screen, text = Screen(), reply(*GOOD)
    one = draft(screen)
    await write(one, text[: text.index(GOOD[1])])
    await write(one, reply(GOOD[2]))
    assert screen.seen == [GOOD[0], "", GOOD[2]]


async def test_hidden_values_are_shown_as_the_person_wrote_them() -> None:
    screen, vault = Screen(), Vault()
    vault.mask("anna@mail.example")
    one = DraftAnswer(Shown(screen, 0.7), partial(GroundingCheck, [PASSAGE]), vault, 0.9)
    await write(one, reply("Keep the receipt for [EMAIL_1]."))
    assert screen.seen == ["Keep the receipt for anna@mail.example."]
