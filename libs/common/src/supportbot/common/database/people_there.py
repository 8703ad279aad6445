"""Whether people answer in this deployment at all, and what whoever wanted one is told where they do not.

The gateway's settings say it; the gateway stores it beside the settings that were chosen, so that a turn that ends in
any process ends alike.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.chosen_settings import choose, chosen, leave_to_environment
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import translate

PEOPLE_ANSWER: Final = "PEOPLE_ANSWER"
_BY: Final = "gateway"
_TROUBLE: Final = frozenset(
    {"model_unavailable", "model_timeout", "model_output", "index_unavailable", "dead_letter", "machine_off"}
)
"""Reasons that say nothing of the question: asking again later may help."""


@dataclass(frozen=True, slots=True)
class PeopleThere:
    """Whether anybody of the company answers in the chats; if not, where else people can turn to."""

    answer: bool = True
    contacts: str = ""
    """As people read it; empty: nowhere."""

    @property
    def offer(self) -> Literal["person", "contacts", ""]:
        """What people are offered who do not want the machine's answer."""
        if self.answer:
            return "person"
        return "contacts" if self.contacts else ""

    def words(self, reason: str, language: str) -> str:
        """What somebody is told whose question nobody will answer here; `reason` is why the machine did not."""
        return "\n\n".join(filter(None, (translate(f"nobody.{_about(reason)}", language), self.where(language))))

    def where(self, language: str) -> str:
        """Where else people can turn to; empty where people answer here, or nowhere."""
        told = self.offer == "contacts"
        return f"{translate('nobody.contacts', language)}\n{self.contacts}" if told else ""


def _about(reason: str) -> str:
    if reason in {"asked_for_person", "attachment"}:
        return reason
    return "trouble" if reason in _TROUBLE else "unsure"


async def people_there(connection: AsyncConnection) -> PeopleThere:
    """What the gateway said last; where it said nothing, people answer."""
    found = await chosen(connection, PEOPLE_ANSWER)
    said: Any = None if found is None else found.value
    if not isinstance(said, dict) or said.get("answer") is not False:
        return PeopleThere()
    return PeopleThere(answer=False, contacts=str(said.get("contacts") or ""))


async def note_people_there(tx: Transaction, people: PeopleThere) -> bool:
    """Have this hold for turns that end from now on. False where it did before."""
    if people.answer:
        people = replace(people, contacts="")  # they are told where nobody answers
    if await people_there(tx.connection) == people:
        return False
    if people.answer:
        await leave_to_environment(tx, PEOPLE_ANSWER)
    else:
        await choose(tx, PEOPLE_ANSWER, {"answer": False, "contacts": people.contacts}, by=_BY)
    return True
