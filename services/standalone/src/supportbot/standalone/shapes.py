"""The JSON that `supportbot ask --json` promises."""

from typing import Any

from supportbot.answerer.domain.answer import Answer
from supportbot.common.i18n import spoken_language, translate


def answer_shape(answer: Answer) -> dict[str, Any]:
    """An answer as `{"decision", "answer", "confidence", "citations", "reason", "ranked"}`.

    A friendly word is an answer too.
    """
    escalated = answer.decision == "escalate"
    language = spoken_language(answer.language)
    text = answer.text or (translate(answer.message_key, language) if answer.message_key else "")
    return {
        "decision": "escalate" if escalated else "answer",
        "answer": "" if escalated else text,
        "confidence": round(answer.confidence, 4),
        "citations": [
            {
                "document": citation.document,
                "title": citation.title,
                "quote": citation.quote,
                **({"page": citation.page} if citation.page else {}),
            }
            for citation in (() if escalated else answer.citations)
        ],
        "reason": answer.reason,
        "ranked": list(answer.ranked),
    }
