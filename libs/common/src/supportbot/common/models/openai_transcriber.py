"""What was said in a recording, written down by a model behind OpenAI's API."""

from typing import Any, Final

import openai

from supportbot.common.models.errors import ModelOutputError
from supportbot.common.models.openai_errors import translate
from supportbot.common.plain_text import clean_text

MOST_BYTES: Final = 20_000_000
TEXT_LIMIT: Final = 20_000


class OpenAITranscriber:
    """Transcriber; asks once, within a time limit."""

    def __init__(self, client: openai.AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    async def transcribe(self, name: str, content: bytes, timeout_s: float) -> str:
        """The words of a recording; empty where there are none.

        Raises:
            ModelError: they are not to be had.
        """
        try:
            reply: Any = await self._client.audio.transcriptions.create(
                model=self._model, file=(name, content), timeout=timeout_s
            )
        except openai.OpenAIError as error:
            raise translate(error) from error
        text = getattr(reply, "text", None)
        if not isinstance(text, str):
            raise ModelOutputError("The reply holds no text", cause="not_text")
        return clean_text(text)[:TEXT_LIMIT].strip()
