"""The company's own list of related words."""

import os
from pathlib import Path

import pytest

from supportbot.answerer.adapters.synonyms_file import LARGEST, LOOK_EVERY_S, SynonymsFile
from supportbot.answerer.domain.answer import Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.knowledge.tokens import stem
from tests.unit.answerer.passages import index_of


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def meant(words: SynonymsFile, asked: str) -> set[str]:
    return {relation.meant for relation in words().relations([asked])}


def write(file: Path, text: str, at: int) -> None:
    file.write_text(text, encoding="utf-8")
    os.utime(file, (at, at))


def test_the_companys_words_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    write(tmp_path / "synonyms.txt", "zorb, big ball = зорб\n", 1)
    words = SynonymsFile(tmp_path / "synonyms.txt")
    assert stem("зорб") in meant(words, "zorb")
    assert stem("доставка") in meant(words, "shipping")


def test_a_change_is_read_without_a_restart(tmp_path: Path) -> None:
    file, clock = tmp_path / "synonyms.txt", Clock()
    words = SynonymsFile(file, clock=clock)
    assert meant(words, "zorb") == set()
    write(file, "zorb = зорб", 1)
    assert meant(words, "zorb") == set()
    clock.now += LOOK_EVERY_S
    assert meant(words, "zorb") == {stem("зорб")}
    write(file, "zorb = шар", 2)
    clock.now += LOOK_EVERY_S
    assert meant(words, "zorb") == {stem("шар")}
    file.unlink()
    clock.now += LOOK_EVERY_S
    assert meant(words, "zorb") == set()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00zorb", b"#" * (LARGEST + 1)])
def test_a_file_that_cannot_be_read_leaves_the_words_as_they_were(tmp_path: Path, content: bytes) -> None:
    file, clock = tmp_path / "synonyms.txt", Clock()
    write(file, "zorb = зорб", 1)
    words = SynonymsFile(file, clock=clock)
    assert meant(words, "zorb") == {stem("зорб")}
    file.write_bytes(content)
    clock.now += LOOK_EVERY_S
    assert meant(words, "zorb") == {stem("зорб")}


async def test_a_question_without_a_shared_word_finds_its_document_by_the_companys_words(tmp_path: Path) -> None:
    index = await index_of({"zorb.md": ("Зорбы", "Зорб катится с горы."), "other.md": ("Лампы", "Лампа светит.")})
    write(tmp_path / "synonyms.txt", "катапульта = зорб", 1)
    answer = AnswerQuestion(index, threshold=0.7, related_words=SynonymsFile(tmp_path / "synonyms.txt"))
    assert (await answer(Question("где катапульта"))).ranked[0] == "zorb.md"
