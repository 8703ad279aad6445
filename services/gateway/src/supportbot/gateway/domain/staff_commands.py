"""What staff may tell the bot to do in a topic, or in reply to a notice."""

STAFF_COMMANDS = frozenset(("take", "back", "close", "reopen", "note", "delete", "ban", "unban", "info", "canned"))
ADMIN_COMMANDS = ("status", "stats")
"""Those about the whole product."""
