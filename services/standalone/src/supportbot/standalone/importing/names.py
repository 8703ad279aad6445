"""How hand-written bots call their tables and columns. What is called otherwise is reported, never guessed at."""

from collections.abc import Mapping, Sequence
from typing import Final

PEOPLE_TABLES: Final = frozenset(
    "users user clients client customers customer people persons subscribers telegram_users bot_users".split()
)
REQUEST_TABLES: Final = frozenset(
    "escalations escalation escalation_requests tickets ticket support_requests help_requests operator_requests".split()
)
COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "chat": "telegram_id telegram_user_id tg_id chat_id user_telegram_id from_id user_id client_id".split(),
    "question": "question query user_message user_text user_question request prompt".split(),
    "answer": "answer response bot_response bot_answer reply bot_message admin_response admin_answer "
    "operator_answer operator_reply".split(),
    "text": "text content message body message_text".split(),
    "who": "role sender sender_type author direction is_bot from_bot is_from_user is_user from_user is_admin".split(),
    "time": "created_at timestamp date sent_at created time created_date date_time datetime asked_at".split(),
    "status": "status state".split(),
    "username": "username user_name nickname".split(),
    "full_name": "full_name name display_name".split(),
    "first_name": ["first_name", "firstname"],
    "last_name": ["last_name", "lastname"],
    "language": "language_code language lang locale".split(),
    "banned": "is_banned is_blocked banned blocked".split(),
}
"""By what a column means, its names, the most telling first."""
OPEN: Final = frozenset("open new pending waiting active in_progress unanswered escalated".split())
"""States of a request that nobody has answered."""
_OF_PERSON: Final = frozenset("user client customer human incoming in inbound question".split())
_OF_MACHINE: Final = frozenset("assistant bot ai machine outgoing out outbound system answer model".split())
_OF_STAFF: Final = frozenset("admin operator staff agent support manager".split())
_TRUE: Final = frozenset({"1", "true", "yes", "t"})
_WORDS_OF_TRUTH: Final[Mapping[str, tuple[str, str]]] = {
    "is_bot": ("machine", "user"),
    "from_bot": ("machine", "user"),
    "is_from_user": ("user", "machine"),
    "is_user": ("user", "machine"),
    "from_user": ("user", "machine"),
    "is_admin": ("person", "user"),
}
"""Columns that say yes or no: who it was then."""


def column_for(meaning: str, columns: Sequence[str]) -> str | None:
    """The column that has this meaning, as it is spelled there."""
    by_name = {name.lower(): name for name in columns}
    return next((by_name[name] for name in COLUMNS[meaning] if name in by_name), None)


def who_said(column: str | None, value: object) -> str | None:
    """`user`, `machine` or `person` (of the staff); None where nobody can tell."""
    if column is None:
        return "user"
    said = str(value).strip().lower()
    if column.lower() in _WORDS_OF_TRUTH:
        return _WORDS_OF_TRUTH[column.lower()][0 if said in _TRUE else 1]
    for words, who in ((_OF_PERSON, "user"), (_OF_MACHINE, "machine"), (_OF_STAFF, "person")):
        if said in words:
            return who
    return None


def is_true(value: object) -> bool:
    """A yes of SQLite, which has no type for it."""
    return str(value).strip().lower() in _TRUE
