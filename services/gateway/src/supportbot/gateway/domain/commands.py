"""The commands that people may give, and what stands in the menu of settings."""

MENU = {"language": "language", "export": "export_my_data", "delete": "delete_my_data"}
"""What can be chosen in the settings, and the command that does it."""
SHOWN = ("start", "help", "language", "human", "new", "settings", "delete_my_data", "export_my_data")
"""In the order in which Telegram lists them."""
WITHOUT_PEOPLE = tuple(name for name in SHOWN if name != "human")
"""Where there is nobody to be called, and nowhere else to turn to."""
COMMANDS = frozenset(SHOWN) - {"human"}
"""Those that ask nothing: they are dealt with at once. `human` is a wish like the button that says so."""
PRIVATE = frozenset({"settings", "delete_my_data", "export_my_data"})
"""Those about a person's own data, which are no business of a group."""
