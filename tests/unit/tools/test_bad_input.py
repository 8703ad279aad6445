"""The page about bad input says what the tests send."""

from tools.bad_input import PATH, render


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "run: .venv/bin/python -m tools.bad_input"
