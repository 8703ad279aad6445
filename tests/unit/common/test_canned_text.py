"""Variables in ready-made replies."""

import pytest

from supportbot.common.canned_text import fill, first_name


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Hello, {{name}}!", {"name": "Anna"}, "Hello, Anna!"),
        ("Hello, {{ name }}!", {"name": ""}, "Hello!"),
        ("{{name}}, ваш заказ в пути.", {"name": "Иван"}, "Иван, ваш заказ в пути."),
        ("It is {{weather}}.", {"name": "Anna"}, "It is {{weather}}."),
        ("{{name}}", {"name": "{{bot}}", "bot": "Acme"}, "{{bot}}"),
        ("Yours\n{{operator}}", {"operator": "Boris"}, "Yours\nBoris"),
    ],
)
def test_variables_become_what_is_known(text: str, values: dict[str, str], filled: str) -> None:
    assert fill(text, values) == filled


@pytest.mark.parametrize(("name", "first"), [("Anna Petrova", "Anna"), ("", ""), ("  ", "")])
def test_people_are_called_by_their_first_name(name: str, first: str) -> None:
    assert first_name(name) == first
