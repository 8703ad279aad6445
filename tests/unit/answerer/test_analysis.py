"""What a passage says, whatever is asked."""

from dataclasses import replace

from supportbot.answerer.domain.analysis import analyse
from tests.unit.answerer.passages import passage


def test_a_passage_is_read_sentence_by_sentence() -> None:
    found = analyse(passage("Parcels arrive in three days. Returns are free.", title="Delivery"))
    assert [sorted(said.stems) for said in found.sentences] == [["arriv", "day", "parcel", "three"], ["free", "return"]]
    assert found.title.heard == "<deliveri>"
    assert found.heading == found.title


def test_a_passage_that_has_changed_is_read_again() -> None:
    before = passage("Parcels arrive in three days.")
    analyse(before)
    assert "five" in analyse(replace(before, text="Parcels arrive in five days.")).sentences[0].stems
