"""What programs do to dead letters."""

from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.dead_letters.repository import DeadLetterRepository
from supportbot.admin_api.dead_letters.schemas import Replayed
from supportbot.common.database.dead_letters import NoDeadLetterError, replay_dead_letter
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import EscalationId


class NotOpenError(SupportbotError):
    """A dead letter that was replayed or answered before."""


class DeadLetterService:
    """Has questions asked again."""

    def __init__(self, database: Database, repository: DeadLetterRepository) -> None:
        self._database = database
        self._repository = repository

    async def replay(self, letter_id: EscalationId, actor: Actor) -> Replayed:
        """Ask a question again, once.

        Raises:
            NoDeadLetterError: there is none.
            NotOpenError: it does not wait any more; nothing has changed.
        """
        letter = await self._repository.one(letter_id)

        async def work(tx: Transaction) -> int:
            seq = await replay_dead_letter(tx, letter_id)
            await note(tx, actor, "dead_letter_replayed", letter_id)
            return seq

        try:
            seq = await self._database.write(work)
        except NoDeadLetterError as error:
            raise NotOpenError(f"The dead letter {letter_id} is not open any more") from error
        return Replayed(conversation_id=letter.conversation_id, seq=seq)
