"""The events that services exchange: facts in the past tense, frozen, versioned, carrying their data."""

from supportbot.common.contracts.alerts import AlertRaised
from supportbot.common.contracts.answers import (
    AnswerProgressed,
    AnswerReady,
    CitationData,
    EscalationRaised,
    PassageData,
)
from supportbot.common.contracts.conversations import ConversationClosed, MessageEdited, QuestionAsked
from supportbot.common.contracts.documents import (
    DocumentFailed,
    DocumentIndexed,
    DocumentRemoved,
    DocumentRestricted,
    DocumentUploaded,
)
from supportbot.common.contracts.envelope import Event, UnknownEventError, decode, encode
from supportbot.common.contracts.feedback import FeedbackGiven
from supportbot.common.contracts.operators import OperatorReplied
from supportbot.common.contracts.settings import SettingChosen

__all__ = [
    "AlertRaised",
    "AnswerProgressed",
    "AnswerReady",
    "CitationData",
    "ConversationClosed",
    "DocumentFailed",
    "DocumentIndexed",
    "DocumentRemoved",
    "DocumentRestricted",
    "DocumentUploaded",
    "EscalationRaised",
    "Event",
    "FeedbackGiven",
    "MessageEdited",
    "OperatorReplied",
    "PassageData",
    "QuestionAsked",
    "SettingChosen",
    "UnknownEventError",
    "decode",
    "encode",
]
