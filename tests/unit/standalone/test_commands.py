"""The list of commands, which is written without loading them."""

from supportbot.standalone.cli.main import COMMANDS


def test_every_command_that_is_listed_can_be_loaded() -> None:
    assert {name: command.load(name).name for name, command in COMMANDS.items()} == {name: name for name in COMMANDS}


def test_what_the_list_says_of_a_command_fits_beside_its_name() -> None:
    assert [
        name for name, command in COMMANDS.items() if len(command.help) > 64 or not command.help.endswith(".")
    ] == []
