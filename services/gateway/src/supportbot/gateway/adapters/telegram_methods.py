"""The methods of the Bot API that we call. Their results stay plain objects.

aiogram's models of results describe all that Telegram can say: building them costs a hundred megabytes, and one field
that they do not expect would hide everything else in a reply.
"""

from typing import Any, ClassVar

from aiogram import methods
from aiogram.methods.base import TelegramMethod


class SendMessage(methods.SendMessage):
    """Its result is the message's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class SendMessageDraft(methods.SendMessageDraft):
    """Shows a text that is being written."""


class SendDocument(methods.SendDocument):
    """Its result is the message's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class SendPhoto(methods.SendPhoto):
    """Its result is the message's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class CopyMessage(methods.CopyMessage):
    """Its result is the copy's id."""

    __returning__: ClassVar[Any] = dict[str, Any]


class CopyMessagesRequest(methods.CopyMessages):
    """Its result are the copies' ids."""

    __returning__: ClassVar[Any] = list[Any]


class CreateForumTopic(methods.CreateForumTopic):
    """Its result are the topic's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class CloseForumTopic(methods.CloseForumTopic):
    """Closes a topic."""


class ReopenForumTopic(methods.ReopenForumTopic):
    """Opens a closed topic."""


class DeleteForumTopic(methods.DeleteForumTopic):
    """Deletes a topic with all its messages."""


class DeleteMessageRequest(methods.DeleteMessage):
    """Deletes a message."""


class EditMessageText(methods.EditMessageText):
    """Its result is the message's fields, or True."""

    __returning__: ClassVar[Any] = Any


class EditMessageCaption(methods.EditMessageCaption):
    """Its result is the message's fields, or True."""

    __returning__: ClassVar[Any] = Any


class GetFile(methods.GetFile):
    """Its result are the file's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class GetMe(methods.GetMe):
    """Its result is the bot's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class GetUpdates(methods.GetUpdates):
    """Its result is a list of whatever Telegram calls updates."""

    __returning__: ClassVar[Any] = list[Any]


class GetWebhookInfo(methods.GetWebhookInfo):
    """Its result is the description's fields."""

    __returning__: ClassVar[Any] = dict[str, Any]


class EditMessageReplyMarkup(methods.EditMessageReplyMarkup):
    """Its result is of no interest."""

    __returning__: ClassVar[Any] = Any


class SetMyCommands(methods.SetMyCommands):
    """Sets the menu of commands."""


class SetWebhook(methods.SetWebhook):
    """Sets the webhook."""


class DeleteWebhook(methods.DeleteWebhook):
    """Removes the webhook."""


class AnswerCallbackQuery(methods.AnswerCallbackQuery):
    """Lets a pressed button rest."""


class SetMessageReaction(methods.SetMessageReaction):
    """Marks a message."""


class SendChatAction(methods.SendChatAction):
    """Shows that an answer is being written."""


CALLED: tuple[type[TelegramMethod[Any]], ...] = (
    SendMessage,
    SendMessageDraft,
    SendDocument,
    SendPhoto,
    CreateForumTopic,
    CloseForumTopic,
    ReopenForumTopic,
    DeleteForumTopic,
    DeleteMessageRequest,
    CopyMessage,
    CopyMessagesRequest,
    EditMessageCaption,
    EditMessageText,
    GetFile,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    EditMessageReplyMarkup,
    SetMyCommands,
    SetWebhook,
    DeleteWebhook,
    AnswerCallbackQuery,
    SetMessageReaction,
    SendChatAction,
)
