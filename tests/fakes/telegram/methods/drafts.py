"""What a bot shows while it writes: at most one draft in each private chat, gone with the bot's next message."""

from tests.fakes.telegram import messages
from tests.fakes.telegram.chats import Draft
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.formatting import formatted_draft
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld

MAX_ID = 2**63


async def send_message_draft(world: BotWorld, params: Params) -> bool:
    """The text is read before the chat is looked at, as the real server does."""
    text = formatted_draft(params)
    chat = world.writable(params.text("chat_id"))
    thread_id = messages.thread_of(chat, params)
    if chat.type != "private":
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    draft_id = params.integer("draft_id")
    if not -MAX_ID <= draft_id < MAX_ID or not draft_id:
        raise bad_request("RANDOM_ID_INVALID")
    world.limits.check_overall()
    draft = Draft(
        draft_id,
        text.text,
        text.entities,
        world.now(),
        thread_id,
        can_stop=params.flag("can_stop"),
        keep_on_stop=params.flag("keep_on_stop"),
        after_stop=draft_id in chat.stopped,
    )
    chat.draft = draft
    world.drafts.append((chat.id, draft))
    world.changed.beat()
    return True


METHODS = {"sendMessageDraft": send_message_draft}
