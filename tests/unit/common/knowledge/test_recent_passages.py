"""Passages that are remembered by the index, until they change or others are wanted more."""

from supportbot.common.knowledge.recent_passages import MOST, RecentPassages
from tests.contract.knowledge_index.making import passages


def test_what_was_wanted_last_is_remembered() -> None:
    recent = RecentPassages()
    kept = passages("a", *(str(n) for n in range(MOST)))
    for passage in kept:
        recent.keep(passage)
    assert recent.get(kept[0].chunk_id) == kept[0]
    recent.keep(passages("b", "one more")[0])
    assert recent.get(kept[0].chunk_id) == kept[0]
    assert recent.get(kept[1].chunk_id) is None


def test_what_has_changed_is_forgotten() -> None:
    recent = RecentPassages()
    changed, kept = passages("a", "changed", "kept")
    recent.keep(changed)
    recent.keep(kept)
    recent.forget([changed.chunk_id, passages("a", "never seen")[0].chunk_id])
    assert recent.get(changed.chunk_id) is None
    assert recent.get(kept.chunk_id) == kept
