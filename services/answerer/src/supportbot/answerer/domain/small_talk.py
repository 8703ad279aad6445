"""Messages that need no document: a greeting, thanks, a goodbye, a wish to talk to a person."""

import re
import unicodedata
from typing import Final, Literal

from supportbot.common.knowledge.tokens import normalise, words

Talk = Literal["greeting", "thanks", "goodbye", "unclear"]

_LONGEST: Final = 6
"""Whoever writes more than this has something to say beside the greeting."""
_GREETING: Final = """
hi hello hey hallo hiya greetings morning afternoon evening good day start привет приветствую здравствуйте здравствуй
здрасте добрый доброе доброго день утро вечер времени суток дня хай салют
"""
_THANKS: Final = """
thanks thank thx ty cheers appreciated great perfect awesome ok okay got cool nice excellent helpful спасибо благодарю
спс пасиб спасибки ок окей хорошо отлично понятно понял поняла ясно супер класс здорово замечательно помогло
разобрался разобралась
"""
_GOODBYE: Final = "bye goodbye пока свидания прощайте бай всего доброго cya later see"
_FILLERS_TEXT: Final = """
you very much so a lot to the there for it i it's that's all again dear team support everyone bot have nice your help
answer до вам тебе всем вас огромное большое все очень за помощь ответ вы ты бот поддержка команда уже хорошего вечера
дня
"""
_BARE_REPLY: Final = frozenset("yes yep yeah no nope true false maybe да нет ага угу неа может".split())
"""Said alone, these answer a question that we did not ask."""
_PLEASANTRIES: Final = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks(?: a lot)?|thank you(?: very much)?"
    r"|ok|okay|great|здравствуйте|добрый (?:день|вечер)|доброе утро|привет|спасибо(?: большое)?|благодарю"
    r"|хорошо|понятно|ясно)"
    r"\b(?!-)"
    r"[\s,.!;:)—–-]*(?:(?:and|but|а|и|но)\b\s*)?)+",
    re.IGNORECASE,
)
_WORDS: Final[dict[Talk, frozenset[str]]] = {
    "greeting": frozenset(_GREETING.split()),
    "thanks": frozenset(_THANKS.split()),
    "goodbye": frozenset(_GOODBYE.split()),
}
_FILLERS: Final = frozenset(_FILLERS_TEXT.split())
_PERSON: Final = re.compile(
    r"\b(?:(?:talk|speak|chat|connect|transfer|put|get|need|want|give)\b.{0,30}"
    r"\b(?:human|person|operator|agent|representative|manager|someone|somebody|staff|people)"
    r"|(?:real|live) (?:human|person|agent|operator)|human,? please)\b"
    r"|\b(?:позов|соедин|переключ|переве|подключ|свяж|нужен|нужна|хочу|хотел|дайте|дай|можно|вызов|пригласи)\w*\b.{0,30}"
    r"\b(?:оператор|человек|сотрудник|специалист|менеджер|консультант|поддержк)\w*"
    r"|\b(?:живой|живого|живым|реальн\w+) (?:человек|оператор|сотрудник)\w*"
)
_JUST_PERSON: Final = frozenset({"operator", "human", "agent", "оператор", "оператора", "человек", "менеджер"})
_LONGEST_PERSON: Final = 14


def small_talk(text: str) -> Talk | None:
    """What kind of small talk a message is, where it is nothing else."""
    said = words(text)
    if not said and any(unicodedata.category(character).startswith("S") for character in text):
        return "unclear"
    if not said or len(said) > _LONGEST:
        return None
    if all(word.isdigit() or word in _BARE_REPLY for word in said):
        return "unclear"
    for talk, known in _WORDS.items():
        if any(word in known for word in said) and all(word in known or word in _FILLERS for word in said):
            return talk
    return None


def is_small_talk_word(word: str) -> bool:
    """Whether a normalised word is one of those that small talk is made of."""
    return word in _FILLERS or any(word in known for known in _WORDS.values())


def without_pleasantries(text: str) -> str:
    """A message without the greeting or thanks it begins with, where something else is left."""
    rest = _PLEASANTRIES.sub("", text.strip(), count=1)
    return rest if words(rest) else text


def asks_for_person(text: str) -> bool:
    """Whether a short message asks for a human being to take over."""
    said = words(text)
    if not said or len(said) > _LONGEST_PERSON:
        return False
    meant = [word for word in said if word not in {"please", "пожалуйста", "a", "an"}]
    return (len(meant) == 1 and meant[0] in _JUST_PERSON) or bool(_PERSON.search(normalise(text)))
