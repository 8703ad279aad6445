"""The use case that answers everybody: users, the command line, evaluation and the process that answers alone.

Apart from `app`, which brings the web and the database along: a process that answers one question starts without them.
"""

from supportbot.answerer.adapters.synonyms_file import SynonymsFile
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.knowledge.port import KnowledgeIndex


def open_answering(index: KnowledgeIndex, settings: AnswererSettings) -> AnswerQuestion:
    """The use case over an index, as the settings want it."""
    return AnswerQuestion(
        index, threshold=settings.confidence_threshold, related_words=SynonymsFile(settings.synonyms_path)
    )
