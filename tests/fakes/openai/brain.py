"""The default handler: a plausible, deterministic answer to a prompt, shaped by the schema's property names."""

import json
import re
from typing import Any

from tests.fakes.openai.chat_request import ChatRequest
from tests.fakes.openai.reading import Reading, best_sentence, covered, read_prompt, sentences
from tests.fakes.openai.strict_schema import resolve
from tests.fakes.openai.words import stems

UNKNOWN = {True: "В документах нет ответа на этот вопрос.", False: "The documents do not answer this question."}
CITED = re.compile(r"cit|source|used|evidence|support_|reference", re.IGNORECASE)
ANSWER = re.compile(r"answer|reply|response|text|message|summary", re.IGNORECASE)
QUERY = re.compile(r"query|queries|question|rewrit|standalone|search", re.IGNORECASE)
NEGATIVE = re.compile(
    r"escalat|human|unsafe|inject|unsupported|unanswer|refus|missing|contradict|hallucinat", re.IGNORECASE
)
SUPPORT = re.compile(r"support|grounded|entail|faithful|valid|verdict", re.IGNORECASE)
SENTENCES = re.compile(r"sentence|claim|statement|verdict|check", re.IGNORECASE)
NAY = re.compile(r"not|un|none|low|no$|contra|fail|escalat|insufficient", re.IGNORECASE)
SHORT_QUESTION = 3  # stems; a shorter one is taken as a follow-up


def default_answer(request: ChatRequest) -> str:
    """The content of the assistant's message."""
    reading = read_prompt(request)
    if request.schema is not None:
        return json.dumps(Filling(request.schema, reading).value(request.schema, "", None), ensure_ascii=False)
    if request.json_object:
        cited = [reading.best.number] if reading.best and reading.answerable else []
        body = {"answer": answer_text(reading), "citations": cited, "confidence": reading.confidence}
        return json.dumps(body, ensure_ascii=False)
    return answer_text(reading)


def answer_text(reading: Reading) -> str:
    """A sentence of the best passage with its number, or that there is none."""
    if reading.best is None or not reading.answerable:
        return UNKNOWN[reading.russian]
    return f"{best_sentence(reading.question, reading.best)} [{reading.best.number}]"


def standalone_query(reading: Reading) -> str:
    """The question; a very short one is joined with the one before it."""
    if reading.history and len(stems(reading.question)) < SHORT_QUESTION:
        return f"{reading.history[-1]} {reading.question}"
    return reading.question


class Filling:
    """Fills one schema; each value is guessed from its name and type."""

    def __init__(self, root: dict[str, Any], reading: Reading) -> None:
        self._root = root
        self._reading = reading

    def value(self, node: dict[str, Any], name: str, subject: Any) -> Any:
        """A value for a subschema; `subject` is the passage or sentence that an array item is about."""
        if "$ref" in node:
            return self.value(resolve(self._root, node["$ref"]) or {}, name, subject)
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self._choice(node["enum"], name, subject)
        if "anyOf" in node:
            options = [option for option in node["anyOf"] if option.get("type") != "null"]
            return self.value(options[0], name, subject) if options else None
        kind = node.get("type")
        if isinstance(kind, list):
            kind = next((option for option in kind if option != "null"), "null")
        return self._typed(kind, node, name, subject)

    def _typed(self, kind: Any, node: dict[str, Any], name: str, subject: Any) -> Any:
        if kind == "object":
            return {key: self.value(part, key, subject) for key, part in node.get("properties", {}).items()}
        if kind == "array":
            return self._array(node, name)
        if kind == "boolean":
            return self._holds(subject) != bool(NEGATIVE.search(name))
        if kind in {"number", "integer"}:
            return self._number(kind, node, name, subject)
        return self._string(name, subject) if kind == "string" else None

    def _array(self, node: dict[str, Any], name: str) -> list[Any]:
        items = node.get("items", {})
        found = [self.value(items, name, subject) for subject in self._subjects(items, name)]
        limit = node.get("maxItems")
        found = found[:limit] if isinstance(limit, int) else found
        while len(found) < node.get("minItems", 0):
            found.append(self.value(items, name, self._reading.best))
        return found

    def _subjects(self, items: dict[str, Any], name: str) -> list[Any]:
        """What the items of an array are about."""
        reading = self._reading
        if SENTENCES.search(name):
            return list(sentences(reading.draft or answer_text(reading)))
        if CITED.search(name):
            return [reading.best] if reading.best and reading.answerable else []
        if items.get("type") == "string" and QUERY.search(name):
            return [None]
        return list(reading.passages)

    def _holds(self, subject: Any) -> bool:
        """The yes or no of a subject: a sentence is supported, a passage relevant, a question answerable."""
        if isinstance(subject, str):
            return covered(subject, self._reading.passages)
        if subject is not None:
            return bool(subject.overlap > 0)
        return self._reading.supported if self._reading.draft is not None else self._reading.answerable

    def _choice(self, options: list[Any], name: str, subject: Any) -> Any:
        if name.lower() in {"language", "lang"}:
            wanted = "ru" if self._reading.russian else "en"
            return wanted if wanted in options else options[0]
        nays = [option for option in options if NAY.match(str(option))]
        ayes = [option for option in options if option not in nays]
        return (ayes or nays)[0] if self._holds(subject) else (nays or ayes)[0]

    def _number(self, kind: str, node: dict[str, Any], name: str, subject: Any) -> float | int:
        if kind == "integer" and not re.search(r"score|confidence|relevance|rating|percent", name, re.IGNORECASE):
            passage = self._reading.best if subject is None or isinstance(subject, str) else subject
            return passage.number if passage is not None else int(node.get("minimum", 0))
        share = self._reading.confidence if subject is None or isinstance(subject, str) else subject.overlap
        if SUPPORT.search(name) or (self._reading.draft is not None and subject is None):
            share = 0.95 if self._holds(subject) else 0.1
        if NEGATIVE.search(name):
            share = 1.0 - share
        low = float(node.get("minimum", 0))
        high = float(node.get("maximum", 1 if kind == "number" else 10))
        found = low + (high - low) * share
        return round(found) if kind == "integer" else round(found, 3)

    def _string(self, name: str, subject: Any) -> str:
        reading = self._reading
        if isinstance(subject, str):
            return subject
        if subject is not None:
            return best_sentence(reading.question, subject)
        if name.lower() in {"language", "lang"}:
            return "ru" if reading.russian else "en"
        if QUERY.search(name):
            return standalone_query(reading)
        if ANSWER.search(name) or reading.best is None:
            return answer_text(reading)
        return best_sentence(reading.question, reading.best)
