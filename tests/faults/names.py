"""Names that programs can look up or cannot: a file of hosts of their own in place of the machine's, and no DNS."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

_LOCAL = "127.0.0.1 localhost"
_MOUNT = (
    'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && mount --bind "$3" /etc/nsswitch.conf'
    ' && shift 3 && exec "$@"'
)


@dataclass(frozen=True)
class Names:
    """What programs find that run under `command`, in a mount namespace of their own."""

    hosts: Path
    resolv: Path
    nsswitch: Path
    known: str = "telegram.example"
    """The name that is found, or not."""

    @classmethod
    def made(cls, folder: Path) -> Self:
        """Files of their own; the test is skipped where none may take the place of the machine's."""
        made = cls(folder / "hosts", folder / "resolv.conf", folder / "nsswitch.conf")
        made.resolv.write_text("", encoding="ascii")
        made.nsswitch.write_text("hosts: files\n", encoding="ascii")
        made.point_to(None)
        if subprocess.run([*made.command, "true"], capture_output=True, check=False).returncode:
            pytest.skip("names can be taken away only where a process may have mounts of its own (root on Linux)")
        return made

    @property
    def command(self) -> tuple[str, ...]:
        """To be put before a program's own."""
        return ("unshare", "--mount", "sh", "-c", _MOUNT, "sh", *map(str, (self.hosts, self.resolv, self.nsswitch)))

    def point_to(self, address: str | None) -> None:
        """Let the name be found there, or nowhere; written in place, as what is mounted is this very file."""
        self.hosts.write_text(f"{_LOCAL}\n" + (f"{address} {self.known}\n" if address else ""), encoding="ascii")
