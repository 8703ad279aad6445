"""What a test does to Telegram: users who write, press and block, and things that go wrong."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.fakes.telegram import user_updates
from tests.fakes.telegram.chats import Chat, Topic, User
from tests.fakes.telegram.failures import Ending, Failure
from tests.fakes.telegram.record import BotRecord
from tests.fakes.telegram.world import Callback

CALLBACK_LANES = 3 << 33  # as in the real server: a press may overtake messages of its chat
GONE = "user is deactivated"
NOT_STARTED = "bot can't initiate conversation with a user"


class BotControl(BotRecord):
    """The levers and the record of one bot; every command is also reachable under /control/ over HTTP."""

    # people and places

    def add_user(
        self,
        user_id: int,
        first_name: str = "Anna",
        *,
        username: str | None = None,
        language_code: str | None = "en",
        started: bool = True,
    ) -> User:
        """A person with a private chat (it has the person's id); one who never started the bot cannot be written to."""
        user = self.world.users[user_id] = User(user_id, first_name, username, language_code)
        chat = Chat(user_id, "private", username=username, first_name=first_name)
        chat.barred = None if started else NOT_STARTED
        self.world.chats.setdefault(user_id, chat)
        return user

    def add_group(self, chat_id: int, title: str = "Group", *, supergroup: bool = True, forum: bool = False) -> Chat:
        """A group with the bot in it."""
        kind: Any = "supergroup" if supergroup or forum else "group"
        chat = self.world.chats[chat_id] = Chat(chat_id, kind, title=title, is_forum=forum)
        return chat

    def add_forum(self, chat_id: int, title: str = "Support") -> Chat:
        """A supergroup with topics."""
        return self.add_group(chat_id, title, forum=True)

    def add_topic(self, chat_id: int, name: str = "Topic") -> Topic:
        """A topic that a person made."""
        chat = self.world.chats[chat_id]
        thread_id = self.world.next_message_id(chat)
        topic = chat.topics[thread_id] = Topic(thread_id, name, 7322096)
        return topic

    # what users do

    def user_says(
        self,
        chat_id: int,
        text: str,
        *,
        user_id: int | None = None,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> int:
        """A text message; returns its message id. In a private chat the user is the chat."""
        return self.user_sends(chat_id, {"text": text}, user_id=user_id, reply_to=reply_to, thread_id=thread_id)

    def user_sends(
        self,
        chat_id: int,
        content: dict[str, Any],
        *,
        user_id: int | None = None,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> int:
        """A message with any content; returns its message id."""
        chat, user = self.world.chats[chat_id], self._user(chat_id, user_id)
        if chat.barred == NOT_STARTED:
            chat.barred = None
        if chat.barred:
            raise ValueError(f"in chat {chat_id} nobody can write to the bot: {chat.barred}")
        payload = user_updates.user_message(self.world, chat, user, content, reply_to=reply_to, thread_id=thread_id)
        self.world.queue.push("message", payload, chat_id)
        return int(payload["message_id"])

    def user_sends_media(self, chat_id: int, kind: str, *, user_id: int | None = None, **more: Any) -> int:
        """A sticker, voice, photo, document or video without a caption (`caption=` and others may be added)."""
        return self.user_sends(chat_id, user_updates.media(self.world, kind) | more, user_id=user_id)

    def user_edits(self, chat_id: int, message_id: int, text: str) -> int:
        """Changes the text of a user's message; returns the update id."""
        message = self.world.chats[chat_id].messages[message_id]
        message.payload = message.payload | {"text": text, "edit_date": int(self.world.now().timestamp())}
        return self.world.queue.push("edited_message", message.payload, chat_id)

    def user_changes_caption(self, chat_id: int, message_id: int, caption: str) -> int:
        """Changes what stands below a user's photo or file; returns the update id."""
        message = self.world.chats[chat_id].messages[message_id]
        message.payload = message.payload | {"caption": caption, "edit_date": int(self.world.now().timestamp())}
        return self.world.queue.push("edited_message", message.payload, chat_id)

    def user_reacts(self, chat_id: int, message_id: int, emoji: str = "", *, user_id: int | None = None) -> int:
        """Reacts to a message, or takes that back; returns the update id. Only a bot that asked for it is told."""
        chat, user = self.world.chats[chat_id], self._user(chat_id, user_id)
        message = chat.messages[message_id]
        old = message.reactions.pop(user.id, "")
        if emoji:
            message.reactions[user.id] = emoji
        lists = [[{"type": "emoji", "emoji": one}] if one else [] for one in (old, emoji)]
        payload = {
            "chat": chat.payload(),
            "message_id": message_id,
            "user": user.payload(),
            "date": int(self.world.now().timestamp()),
            "old_reaction": lists[0],
            "new_reaction": lists[1],
        }
        return self.world.queue.push("message_reaction", payload, chat_id)

    def user_presses(
        self, chat_id: int, message_id: int, data: str | None = None, *, text: str = "", user_id: int | None = None
    ) -> str:
        """Presses the button with this callback data (or this text); returns the callback query's id."""
        message = self.world.chats[chat_id].messages[message_id]
        buttons = [b for row in message.payload.get("reply_markup", {}).get("inline_keyboard", []) for b in row]
        pressed = next((b for b in buttons if b["text"] == text or (data and b.get("callback_data") == data)), None)
        if pressed is None or "callback_data" not in pressed:
            raise ValueError(f"message {message_id} in chat {chat_id} has no such button; it has {buttons}")
        query_id = str(4_000_000_000 + self.world.next_number())
        self.world.callbacks[query_id] = Callback(query_id, chat_id, message_id, pressed["callback_data"])
        presser = self._user(chat_id, user_id)
        payload = {
            "id": query_id,
            "from": presser.payload(),
            "message": message.payload,
            "chat_instance": str(chat_id),
            "data": pressed["callback_data"],
        }
        lane = presser.id + CALLBACK_LANES
        self.world.queue.push("callback_query", payload, lane)
        return query_id

    def user_stops(self, chat_id: int) -> int:
        """Presses the button that stops what is being written; returns the update id."""
        draft, chat = self.draft(chat_id), self.world.chats[chat_id]
        if draft is None or not draft.can_stop:
            raise ValueError(f"chat {chat_id} shows nothing that can be stopped: {draft}")
        chat.draft = replace(draft, can_stop=False) if draft.keep_on_stop else None
        chat.stopped.add(draft.draft_id)
        stop: dict[str, Any] = {"chat": chat.payload(), "draft_id": str(draft.draft_id)}  # text, as the server does
        if draft.thread_id is not None:
            stop["message_thread_id"] = draft.thread_id
        return self.world.queue.push("stopped_message_generation", stop, chat_id)

    def user_blocks(self, user_id: int) -> None:
        """The user blocks the bot."""
        self._bar(user_id, "bot was blocked by the user", "member", "kicked")

    def user_unblocks(self, user_id: int) -> None:
        """The user comes back."""
        self._bar(user_id, None, "kicked", "member")

    def user_deletes_account(self, user_id: int) -> None:
        """The user is gone for good; the bot is told nothing until it writes."""
        self.world.chats[user_id].barred = GONE

    def remove_from_group(self, chat_id: int, user_id: int) -> None:
        """Someone throws the bot out of a group."""
        kind = self.world.chats[chat_id].type
        self._bar(chat_id, f"bot was kicked from the {kind} chat", "member", "kicked", user_id)

    def delete_by_user(self, chat_id: int, message_id: int) -> None:
        """A message vanishes; bots are not told."""
        self.world.chats[chat_id].messages[message_id].deleted = True

    def migrate(self, chat_id: int, new_chat_id: int) -> None:
        """A basic group becomes a supergroup: calls to the old id are refused with the new one."""
        old = self.world.chats[chat_id]
        old.migrated_to = new_chat_id
        self.world.chats[new_chat_id] = Chat(new_chat_id, "supergroup", title=old.title)

    def _user(self, chat_id: int, user_id: int | None) -> User:
        return self.world.users[user_id if user_id is not None else chat_id]

    def _bar(self, chat_id: int, barred: str | None, old: str, new: str, user_id: int | None = None) -> None:
        chat = self.world.chats[chat_id]
        chat.barred = barred
        change = user_updates.member_change(self.world, chat, self._user(chat_id, user_id), old, new)
        self.world.queue.push("my_chat_member", change, chat_id)

    # odd updates

    def inject_update(self, update: Any, *, lane: int = 0) -> int:
        """Any JSON value, text or bytes as an update; returns its id, -1 where it has none."""
        if isinstance(update, str):
            update = update.encode("utf-8", "surrogatepass")
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        return self.world.queue.inject(body, lane)

    def redeliver(self, update_id: int, times: int = 1, *, at_once: bool = False) -> None:
        """The same update again, so many times; `at_once` posts them to a webhook side by side."""
        original = self.world.queue.made[update_id]
        for _ in range(times):
            lane = -self.world.next_number() if at_once else original.lane
            self.world.queue.inject(original.body, lane)

    def hold_updates(self) -> None:
        """New updates wait, unseen by polling and webhook."""
        self.world.queue.hold()

    def release_updates(self, *, backwards: bool = False) -> None:
        """Held updates go out, newest first where `backwards`."""
        self.world.queue.release(backwards=backwards)

    def last_update_id(self) -> int:
        """The id of the newest update that was made."""
        return max(self.world.queue.made)

    def skip_update_ids(self, count: int) -> None:
        """The next update's id jumps ahead."""
        self.world.queue.skip_ids(count)

    # failures

    def fail(
        self,
        method: str = "*",
        *,
        chat: int | None = None,
        times: int = 1,
        status: int = 500,
        description: str | None = None,
        parameters: dict[str, Any] | None = None,
        after_accept: bool = False,
        delay_s: float = 0.0,
        ending: Ending = "respond",
    ) -> None:
        """The next `times` matching calls fail; `ending` hang or reset sends no reply."""
        self.world.failures.add(
            Failure(method, chat, times, status, description, parameters or {}, after_accept, delay_s, ending)
        )

    def slow(
        self, method: str, delay_s: float, *, chat: int | None = None, times: int = 1, works_at_once: bool = False
    ) -> None:
        """The next calls work, but late; or they work at once, and the bot learns of it late."""
        slow = Failure(method, chat, times, delay_s=delay_s, only_delay=True, works_at_once=works_at_once)
        self.world.failures.add(slow)

    def flood(self, retry_after: int, *, method: str = "sendMessage", chat: int | None = None, times: int = 1) -> None:
        """429 with retry_after."""
        self.fail(method, chat=chat, times=times, status=429, parameters={"retry_after": retry_after})

    def heal(self) -> None:
        """Forgets every failure still to come."""
        self.world.failures.clear()

    def enforce_limits(self, *, enabled: bool = True) -> None:
        """Telegram's own limits: 30/s, 1/s per chat, 20/min per group."""
        self.world.limits.enabled = enabled

    def route_webhook(self, host: str, base: str | list[str]) -> None:
        """Deliver to this loopback base (several take turns) what goes to a webhook URL with this host."""
        self.world.routes[host] = [base] if isinstance(base, str) else base

    def break_webhook(self, error: str = "Connection timed out") -> None:
        """From now no delivery succeeds, whoever listens there; getWebhookInfo says why."""
        self.world.webhook_fault = error

    def mend_webhook(self) -> None:
        """Deliveries reach the webhook again."""
        self.world.webhook_fault = ""

    def set_clock(self, unix_s: float, *, step_s: float = 0.0) -> None:
        """Telegram's clock shows this moment, and `step_s` more each time that it is looked at."""
        moments = itertools.count(unix_s, step_s)
        self.world.now = lambda: datetime.fromtimestamp(next(moments), UTC)

    def require_secure_webhooks(self, *, required: bool = True) -> None:
        """Https and Telegram's four ports only."""
        self.world.insecure_webhooks = not required
