"""As whom a server runs: PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class SubprocessAccount(TypedDict, total=False):
    """The arguments of subprocess.Popen that switch accounts."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group; None where the process simply stays who it is."""

    user: int | None = None
    group: int | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder to this account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def for_subprocess(self) -> SubprocessAccount:
        if self.user is None or self.group is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}


def unprivileged_account() -> Account:
    """The account `postgres`, or else `nobody`, when we are root; otherwise our own."""
    if os.geteuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    return Account(65534, 65534)
