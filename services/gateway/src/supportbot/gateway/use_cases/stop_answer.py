"""Stop the answer that somebody sees being written, as they asked: nothing more of it is written or shown."""

from supportbot.common.database.stopping import stop_turn, turn_at
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.ids import BotId
from supportbot.gateway.domain.updates import AnswerStopped
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts


async def stop_answer(tx: Transaction, bot: BotId, update: AnswerStopped, drafts: LiveDrafts | None) -> None:
    """End the turn with what was shown of it, all of which was checked; do nothing where it ended by itself."""
    conversation = await turn_at(tx, bot=bot, chats=update.chats, turn_to=update.turn_to)
    if conversation is None:
        return
    draft = None if drafts is None else drafts.newest(conversation.id)
    language = spoken_language(conversation.language)
    said = draft.text if draft is not None and draft.token == conversation.token else ""
    await stop_turn(tx, conversation, "\n\n".join(filter(None, [said, translate("telegram.stopped", language)])))
