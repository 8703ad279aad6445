"""What staff get to read about questions that wait for a person."""

from collections.abc import Sequence
from typing import Any

from supportbot.common.database.outbound import Reply
from supportbot.common.database.staff import UntoldEscalation
from supportbot.common.i18n import LANGUAGES, UnknownTextError, translate
from supportbot.gateway.domain.formatting import shorten

QUESTION_UNITS = 1500
PASSAGES_SHOWN = 2
PASSAGE_UNITS = 400
LINE_UNITS = 200
LABEL_UNITS = 48
SUGGEST_FROM = 0.2
"""An answer that is less sure than this is no help: one press would send it to somebody."""


def notice(escalation: UntoldEscalation, kind: str, language: str) -> Reply:
    """All that helps to answer a question, in the reader's language, with the buttons of this kind of message."""
    suggestion = suggested(escalation)
    details = {
        "kind": f"{kind}_suggested" if suggestion else kind,
        "language": language,
        "channel": escalation.channel,
        "about": str(escalation.id),
        "suggestion": suggestion,
    }
    return Reply(notice_text(escalation, language), "staff_notice", details=details, turn_to=escalation.turn_to)


def suggested(escalation: UntoldEscalation) -> str:
    """The answer that staff are offered to send; empty where there is none worth it."""
    return escalation.suggestion if (escalation.confidence or 0.0) >= SUGGEST_FROM else ""


def without_words(reason: str, language: str) -> str:
    """What stands in the place of a question that has no words."""
    return translate("staff.no_words" if reason == "attachment" else "staff.no_question", language)


def digest(escalations: Sequence[UntoldEscalation], language: str) -> Reply:
    """Many questions in one message, each with a button that shows it as a whole."""
    lines = [_line(escalation, language) for escalation in escalations]
    text = "\n".join([translate("staff.many_wait", language, n=len(lines)), *(f"• {line}" for line in lines)])
    shown = [[str(one.id), shorten(line, LABEL_UNITS)] for one, line in zip(escalations, lines, strict=True)]
    return Reply(text, "staff_notice", details={"kind": "staff_digest", "language": language, "shown": shown})


def _line(escalation: UntoldEscalation, language: str) -> str:
    name = escalation.user_name or translate("staff.somebody", language)
    question = " ".join(escalation.question.split()) or without_words(escalation.reason, language)
    return f"{name}: {shorten(question, LINE_UNITS)}"


def notice_text(escalation: UntoldEscalation, language: str) -> str:
    """What an admin gets to read: who asks what, why the machine did not answer, what it found, and how to reply."""
    name = escalation.user_name or translate("staff.somebody", language)
    channel = translate(f"staff.channel_{escalation.channel}", language)
    question = shorten(escalation.question.strip(), QUESTION_UNITS) or without_words(escalation.reason, language)
    parts = [
        _with_language(escalation, translate("staff.asks", language, name=name, channel=channel)),
        question,
        _why(escalation, language),
        *_found(escalation.passages, language),
        *_said_before(escalation, language),
        *_suggested(escalation, language),
        translate("staff.how_to_reply", language),
    ]
    return "\n\n".join(parts)


def _with_language(escalation: UntoldEscalation, asks: str) -> str:
    """Who asks, and in which language they are to be answered."""
    known = escalation.language in LANGUAGES
    return f"{asks} · {translate('telegram.language_name', escalation.language)}" if known else asks


def _why(escalation: UntoldEscalation, language: str) -> str:
    try:
        reason = translate(f"staff.reason_{escalation.reason}", language)
    except UnknownTextError:
        reason = escalation.reason.replace("_", " ")
    why = translate("staff.why", language, reason=reason)
    if not escalation.confidence:
        return why
    return f"{why} {translate('staff.confidence', language, percent=round(escalation.confidence * 100))}"


def _found(passages: Sequence[dict[str, Any]], language: str) -> list[str]:
    shown = [
        f"{_titled(passage, language)}: {shorten(' '.join(str(passage.get('text', '')).split()), PASSAGE_UNITS)}"
        for passage in passages[:PASSAGES_SHOWN]
    ]
    return ["\n".join([translate("staff.found", language), *(f"— {text}" for text in shown)])] if shown else []


def _said_before(escalation: UntoldEscalation, language: str) -> list[str]:
    lines = [f"— {shorten(' '.join(text.split()), LINE_UNITS)}" for text in escalation.earlier]
    return ["\n".join([translate("staff.earlier", language), *lines])] if lines else []


def _suggested(escalation: UntoldEscalation, language: str) -> list[str]:
    text = shorten(suggested(escalation), PASSAGE_UNITS)
    return [f"{translate('staff.suggestion', language)}\n{text}"] if text else []


def _titled(passage: dict[str, Any], language: str) -> str:
    title = str(passage.get("title", ""))
    public = passage.get("audience", "public") == "public"
    return title if public else f"{title} ({translate('staff.for_operators', language)})"
