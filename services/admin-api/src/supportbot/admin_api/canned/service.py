"""Keeping and removing ready-made replies, with who did it in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.admin_api.access import audit
from supportbot.admin_api.access.audit import Actor
from supportbot.admin_api.canned.repository import Canned, count_canned, delete_canned, every_canned, put_canned
from supportbot.common.canned_text import fill
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.plain_text import clean_text

NAME_CHARACTERS: Final = 32
TEXT_CHARACTERS: Final = 4000
MOST: Final = 500


class UnfitCannedError(SupportbotError):
    """Its name or its text is not one."""


@dataclass(frozen=True, slots=True)
class CannedService:
    """Ready-made replies."""

    database: Database
    company: str = ""
    """What `{{bot}}` stands for."""

    async def every(self) -> Sequence[Canned]:
        """All of them, by name."""
        return await self.database.read(every_canned)

    async def filled(self, *, name: str, operator: str) -> Sequence[Canned]:
        """All of them with their variables filled in, for a reply by this operator to whoever has this name."""
        values = {"name": name, "bot": self.company, "operator": operator}
        return [Canned(one.name, fill(one.text, values)) for one in await self.every()]

    async def keep(self, by: Actor, name: str, text: str, *, before: str = "") -> None:
        """Keep a reply; with `before`, in place of the one that had this name. Raises UnfitCannedError."""
        kept = Canned(_fit_name(name), clean_text(text))
        if not kept.text or len(kept.text) > TEXT_CHARACTERS:
            raise UnfitCannedError(
                f"The text of {kept.name} has {len(kept.text)} characters, not 1 to {TEXT_CHARACTERS}"
            )

        async def work(tx: Transaction) -> None:
            if before and before != kept.name:
                await delete_canned(tx, before)
            await put_canned(tx, kept)
            if await count_canned(tx) > MOST:
                raise UnfitCannedError(f"There are {MOST} ready-made replies already")
            await audit.note(tx, by, "canned_kept", kept.name)

        await self.database.write(work)

    async def remove(self, by: Actor, name: str) -> None:
        """Remove it; nothing happens where it is gone already."""

        async def work(tx: Transaction) -> None:
            if await delete_canned(tx, name):
                await audit.note(tx, by, "canned_removed", name)

        await self.database.write(work)


def _fit_name(name: str) -> str:
    """One word, as Telegram's /canned needs it."""
    fit = name.strip().lstrip("/").lower()
    if not fit or len(fit) > NAME_CHARACTERS or any(letter.isspace() for letter in fit) or fit in {"add", "remove"}:
        raise UnfitCannedError(f"The name of a ready-made reply is one word of up to {NAME_CHARACTERS} characters")
    return fit
