"""Show an answer sentence by sentence while a model writes it: each only once its citations bear it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from supportbot.answerer.domain.grounding import GroundingCheck
from supportbot.answerer.domain.growing_reply import GrowingReply
from supportbot.answerer.domain.masking import Vault
from supportbot.answerer.domain.model_confidence import model_confidence
from supportbot.answerer.domain.model_replies import ComposedAnswer, ComposedSentence
from supportbot.answerer.domain.written import written_text

Show = Callable[[str], Awaitable[None]]
"""Shows a draft in place of the one before; an empty one takes it back."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Who sees drafts, and from which confidence on: what would be escalated is not shown meanwhile."""

    show: Show
    threshold: float


@dataclass
class _Attempt:
    """One reply as it grows; where the request is repeated, it begins anew."""

    check: GroundingCheck
    reply: GrowingReply = field(default_factory=GrowingReply)
    sentences: list[ComposedSentence] = field(default_factory=list)
    failed: bool = False
    heard: int = 0


class DraftAnswer:
    """Hears a reply as it grows. One sentence that fails takes the whole draft back, for good."""

    def __init__(
        self,
        shown: Shown,
        new_check: Callable[[], GroundingCheck],
        vault: Vault,
        confidence: float,
    ) -> None:
        self._shown = shown
        self._new_check = new_check
        self._vault = vault
        self._confidence = confidence
        self._begin()
        self.visible = ""

    async def hear(self, text: str) -> None:
        """Take in the reply as far as it is written. A shorter one than before is a new attempt."""
        if len(text) < self._attempt.heard:
            self._begin()
            await self._say("")
        self._attempt.heard = len(text)
        for sentence in self._attempt.reply.read(text) if not self._attempt.failed else ():
            checked = ComposedSentence(self._vault.without(sentence.text), sentence.citations)
            self._attempt.failed = self._attempt.failed or self._attempt.check.add(checked) is not None
            self._attempt.sentences.append(ComposedSentence(self._vault.restore(sentence.text), sentence.citations))
        if self._attempt.failed:
            await self._say("")
        elif self._is_sure():
            await self._say(
                written_text(ComposedAnswer(True, self._attempt.reply.complete, tuple(self._attempt.sentences)))
            )

    async def withdraw(self) -> None:
        """Take back what is visible: a person will answer."""
        await self._say("")

    def _begin(self) -> None:
        self._attempt = _Attempt(self._new_check())

    def _is_sure(self) -> bool:
        share = self._attempt.check.verdict().share if self._attempt.sentences else 0.0
        sure = model_confidence(self._confidence, share, complete=self._attempt.reply.complete)
        return bool(self._attempt.sentences) and sure >= self._shown.threshold

    async def _say(self, text: str) -> None:
        if text != self.visible:
            self.visible = text
            await self._shown.show(text)
