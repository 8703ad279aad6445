"""A question that kills whatever process answers it, and what becomes of it."""

from dataclasses import dataclass
from pathlib import Path

from supportbot.common.i18n import translate
from tests.e2e.records import Row
from tests.e2e.waiting import until
from tests.faults.system import System

CHAT = 950
QUESTION = "What kills you?"
ENDED_WITHIN_S = 60.0
DIED_BY = "exit code -11"
_FOLDER = Path(__file__).parent / "deadly"


@dataclass(frozen=True)
class Poison:
    """A system whose answerers die at the question, until it is `harmless`."""

    system: System
    words: Path
    answerers: tuple[str, ...]

    def ask(self) -> None:
        """Somebody asks it in a chat where nobody else writes."""
        self.system.telegram.user_says(CHAT, QUESTION)

    async def dead_letter(self, within_s: float = 2 * ENDED_WITHIN_S) -> Row:
        """How the turn ended: with the answer's columns, and the escalation's id as `letter`."""
        statement = (
            "SELECT a.*, e.id AS letter FROM answers a JOIN escalations e ON e.answer_id = a.id WHERE e.dead_letter"
        )
        await until(lambda: bool(self.system.product.rows(statement)), "a dead letter", within_s)
        (found,) = self.system.product.rows(statement)
        return found

    def replies(self) -> list[str]:
        """What the chat was answered; how many people are ahead, where any are, is told beside it."""
        ahead = {translate("telegram.queue", "en", n=number) for number in range(1, 1000)}
        return [sent.text for sent in self.system.telegram.sent(CHAT) if sent.text not in ahead]

    def harmless(self) -> None:
        """From now it is a question like others, as after a mended release."""
        self.words.unlink()


async def poisoned(system: System) -> Poison:
    """Start the answerers so that they die at the question."""
    words = system.product.folder / "deadly words"
    words.write_text(QUESTION, encoding="utf-8")
    answerers = tuple(name for name in system.names if name.startswith(("answerer", "all-in-one")))
    await system.restart(*answerers, PYTHONPATH=str(_FOLDER), DEADLY_WORDS=str(words))
    system.telegram.add_user(CHAT, "Eve")
    return Poison(system, words, answerers)
