"""Answering in a process of its own, so that a question which kills it kills nothing else."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.recalibration import AS_IS, Recalibration
from supportbot.answerer.turn_ports import AnswererDiedError
from supportbot.common.database.turns import Turn
from supportbot.common.knowledge.port import KnowledgeIndex

TIME_LIMIT_S = 30.0
_ERROR_TAIL = 500
_answer = TypeAdapter(Answer)
_question = TypeAdapter(Question)


@dataclass(frozen=True)
class AloneAnswerer:
    """Runs `python -m supportbot.answerer.alone`, one question at a time."""

    index: KnowledgeIndex
    copies_index: bool = True
    """Whether the child gets a copy, as the embedded index has one owner; else it asks the same server."""
    module: str = "supportbot.answerer.alone"
    time_limit_s: float = TIME_LIMIT_S
    recalibration: Callable[[], Recalibration] = lambda: AS_IS
    """What votes made of confidence, asked for with every question."""
    threshold: Callable[[], float | None] = lambda: None
    """What holds in place of the setting, if anything does."""

    async def __call__(self, _turn: Turn, question: Question, /) -> Answer:
        """See Answerer.

        Raises:
            AnswererDiedError: the process died, hung or said nothing that can be read.
        """
        if not self.copies_index:
            return await self._ask(self._request("", question))
        with tempfile.TemporaryDirectory(prefix="supportbot-alone-") as folder:
            copy = Path(folder) / "index"
            copy.mkdir()
            await self.index.snapshot(copy)
            return await self._ask(self._request(str(copy), question))

    def _request(self, index: str, question: Question) -> str:
        asked = _question.dump_python(question, mode="json")
        held = {"recalibration": asdict(self.recalibration()), "threshold": self.threshold()}
        return json.dumps({"index": index, "question": asked, **held})

    async def _ask(self, request: str) -> Answer:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self.module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self.time_limit_s):
                output, errors = await child.communicate(request.encode())
        except TimeoutError:
            raise AnswererDiedError(f"no answer within {self.time_limit_s:.0f} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            tail = errors.decode(errors="replace").strip()[-_ERROR_TAIL:]
            raise AnswererDiedError("; ".join(filter(None, (f"exit code {child.returncode}", tail))))
        try:
            return _answer.validate_json(output)
        except ValueError as error:
            raise AnswererDiedError("it said nothing that can be read") from error
