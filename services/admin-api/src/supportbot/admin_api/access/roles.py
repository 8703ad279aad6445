"""The roles of operators, and what each may see and change."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Role = Literal["viewer", "operator", "knowledge_editor", "admin"]
Area = Literal[
    "inbox",
    "documents",
    "trials",
    "overview",
    "dead_letters",
    "answers",
    "faq",
    "costs",
    "settings",
    "operators",
    "keys",
    "people",
    "audit",
    "self",
]
Level = Literal["read", "write"]
Grants = Mapping[Area, Level]
"""What may be read; whoever may write may read."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)
GRANTS: Final[Mapping[Role, Grants]] = {
    "viewer": {
        "inbox": "read",
        "documents": "read",
        "overview": "read",
        "dead_letters": "read",
        "answers": "read",
        "faq": "read",
        "costs": "read",
        "settings": "read",
        "self": "write",
    },
    "operator": {
        "inbox": "write",
        "documents": "read",
        "trials": "write",
        "overview": "read",
        "dead_letters": "write",
        "answers": "read",
        "faq": "read",
        "self": "write",
    },
    "knowledge_editor": {
        "inbox": "read",
        "documents": "write",
        "trials": "write",
        "overview": "read",
        "dead_letters": "read",
        "answers": "read",
        "faq": "write",
        "self": "write",
    },
    "admin": dict.fromkeys(get_args(Area), "write"),
}
BEFORE_SET_UP: Final[Grants] = {
    "inbox": "write",
    "documents": "write",
    "trials": "write",
    "overview": "read",
    "answers": "read",
    "faq": "write",
}
"""What a browser on this very machine may do until there is an administrator."""


def allows(grants: Grants, area: Area, level: Level) -> bool:
    """Whether these grants are enough."""
    granted = grants.get(area)
    return granted == "write" or (granted is not None and level == "read")
