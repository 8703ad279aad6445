"""Messages that need no document: a greeting, thanks, a goodbye, a question who we are."""

import re
import unicodedata
from typing import Final, Literal

from supportbot.common.knowledge.tokens import words

Talk = Literal["greeting", "thanks", "goodbye", "identity", "unclear"]

_LONGEST: Final = 10
"""Whoever writes more words than this has something to say beside the greeting."""
_GREETING: Final = """
hi hello hey hallo hiya greetings morning afternoon evening good day start привет приветствую здравствуйте здравствуй
здрасте добрый доброе доброго день утро вечер времени суток дня хай салют
"""
_THANKS: Final = """
thanks thank thx ty cheers appreciated great perfect awesome ok okay got cool nice excellent helpful спасибо благодарю
спс пасиб спасибки ок окей хорошо отлично понятно понял поняла ясно супер класс здорово замечательно помогло
разобрался разобралась
"""
_GOODBYE: Final = "bye goodbye night пока свидания прощайте бай всего доброго cya later see спокойной доброй ночи"
_FILLERS_TEXT: Final = """
you very much so a lot to the there for it i it's that's that this was is are all again dear team support everyone bot
have nice your help answer really quick up me and good day evening до вам тебе всем вас огромное большое все очень за
помощь ответ вы ты бот поддержка команда уже хорошего вечера дня мне это быстрый быстро и
"""
_BARE_REPLY: Final = frozenset("yes yep yeah no nope true false maybe да нет ага угу неа может".split())
"""Said alone, these answer a question that we did not ask."""
_IDENTITY: Final = re.compile(
    r"(?:(?:and|so|hi|hello|hey|привет|здравствуйте|а) )*(?:who (?:are you|am i talking to|is this|made you)"
    r"|what(?: are you|'s your name| is your name| can you do| do you do)|are you (?:a |an )?(?:real |live )?"
    r"(?:bot|robot|ai|human|person|machine|chatbot)|is this a (?:bot|robot|human|person)"
    r"|(?:ты|вы) кто|кто (?:ты|вы)(?: такой| такая| такие)?|как тебя зовут|как вас зовут"
    r"|(?:это|ты|вы) (?:робот|бот|живой|человек|ии|нейросеть)|(?:я|мы) (?:говорю|общаюсь) с (?:роботом|ботом|человеком)"
    r"|что (?:ты|вы) (?:умеешь|умеете|можешь|можете))"
)
_COURTESY: Final = re.compile(
    r"(?:(?:hi|hello|hey|привет|здравствуйте) )*(?:how are you(?: doing)?(?: today)?|how is it going|how's it going"
    r"|what's up|как (?:ваши |твои )?дела|как (?:ты|вы)|как поживаете)"
)
_PLEASANTRIES: Final = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks(?: a lot)?|thank you(?: very much)?"
    r"|ok|okay|great|здравствуйте|добрый (?:день|вечер)|доброе утро|привет|спасибо(?: большое)?|благодарю"
    r"|хорошо|понятно|ясно)"
    r"\b(?!-)"
    r"[\s,.!;:)—–-]*(?:(?:and|but|а|и|но)\b\s*)?)+",
    re.IGNORECASE,
)
_WORDS: Final[dict[Talk, frozenset[str]]] = {
    "goodbye": frozenset(_GOODBYE.split()),
    "thanks": frozenset(_THANKS.split()),
    "greeting": frozenset(_GREETING.split()),
}
"""Of several the first is meant: thanks that end a conversation are a goodbye."""
_VERBS: Final = frozenset({"is", "are", "was", "it's", "that's"})
_FILLERS: Final = frozenset(_FILLERS_TEXT.split())


def small_talk(text: str) -> Talk | None:
    """What kind of small talk a message is, where it is nothing else."""
    said = words(text)
    if not said:
        return "unclear" if any(unicodedata.category(character).startswith("S") for character in text) else None
    if len(said) > _LONGEST:
        return None
    if all(word.isdigit() or word in _BARE_REPLY for word in said):
        return "unclear"
    return _asked_of_us(" ".join(said)) or _pleasantry(said, is_question="?" in text)


def _asked_of_us(said: str) -> Talk | None:
    """Who we are, or how."""
    if _IDENTITY.fullmatch(said):
        return "identity"
    return "greeting" if _COURTESY.fullmatch(said) else None


def _pleasantry(said: list[str], *, is_question: bool) -> Talk | None:
    if (is_question and any(word in _VERBS for word in said)) or not all(map(is_small_talk_word, said)):
        return None
    return next((talk for talk, known in _WORDS.items() if any(word in known for word in said)), None)


def is_small_talk_word(word: str) -> bool:
    """Whether a normalised word is one of those that small talk is made of."""
    return word in _FILLERS or any(word in known for known in _WORDS.values())


def without_pleasantries(text: str) -> str:
    """A message without the greeting or thanks it begins with, where something else is left."""
    rest = _PLEASANTRIES.sub("", text.strip(), count=1)
    return rest if words(rest) else text
