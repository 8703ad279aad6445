"""Tables of term counts: what was packed comes out, and nothing else is taken for one."""

import base64
import zlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.common.knowledge.frequencies import BUCKETS
from supportbot.common.knowledge.term_tables import TermTable, TermTotals, UnreadableTableError

PASSAGES = st.lists(
    st.fixed_dictionaries({"stems": st.lists(st.integers(0, 2**32 - 1)), "grams": st.lists(st.integers(0, 2**32 - 1))}),
    max_size=4,
)


def table(*passages: dict[str, list[int]]) -> TermTable:
    made = TermTable()
    for passage in passages:
        made.add(passage, 1)
    return made


def expected(space: str, *passages: dict[str, list[int]]) -> Counter[int]:
    return Counter(term % BUCKETS for passage in passages for term in passage[space])


@given(PASSAGES, PASSAGES)
def test_totals_are_the_sums_of_the_tables_that_are_counted_in(
    first: list[dict[str, list[int]]], second: list[dict[str, list[int]]]
) -> None:
    totals = TermTotals()
    totals.add(table(*first).pack(), 1)
    totals.add(table(*second).pack(), 1)
    for space in ("stems", "grams"):
        counts = expected(space, *first, *second)
        assert totals.read(space, list(counts)) == dict(counts)
    totals.add(table(*second).pack(), -1)
    for space in ("stems", "grams"):
        left = expected(space, *first)
        assert totals.read(space, [*expected(space, *second), *left]) == dict(left)


@given(PASSAGES)
def test_a_table_is_unpacked_as_it_was(passages: list[dict[str, list[int]]]) -> None:
    assert TermTable.unpack(table(*passages).pack()).pack() == table(*passages).pack()


def test_what_was_counted_out_is_gone() -> None:
    made = table({"stems": [1, 2], "grams": [3]}, {"stems": [2], "grams": []})
    made.add({"stems": [1, 2], "grams": [3]}, -1)
    assert made.pack() == table({"stems": [2], "grams": []}).pack()


@pytest.mark.parametrize(
    "packed",
    [
        "not base64 at all",
        base64.b64encode(b"not zlib").decode(),
        base64.b64encode(zlib.compress(b"")).decode(),
        base64.b64encode(zlib.compress((2**31).to_bytes(4, "little") + b"xx")).decode(),
        base64.b64encode(
            zlib.compress((1).to_bytes(4, "little") + BUCKETS.to_bytes(4, "little") + b"\1\0" + bytes(4))
        ).decode(),
        base64.b64encode(zlib.compress(bytes(50_000_000))).decode(),
    ],
)
def test_what_is_no_table_is_refused_and_counts_nothing(packed: str) -> None:
    totals = TermTotals()
    with pytest.raises(UnreadableTableError):
        totals.add(packed, 1)
    assert totals.read("stems", list(range(100))) == {}


def test_a_table_costs_about_two_bytes_a_term() -> None:
    terms = [number * 173 for number in range(3_000)]
    assert len(table({"stems": [], "grams": terms}).pack()) < 3_000 * 3
