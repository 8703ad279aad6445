"""Short questions over HTTP: to our own processes, to Telegram, to the model's API."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from supportbot.common.ids import uuid7
from supportbot.common.telemetry.logging import hide_secrets
from supportbot.standalone.settings import StandaloneSettings

_WITHIN_S: Final = 10.0
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True)
class Said:
    """What came back; `status` is 0 where nobody answered, and `text` then says why."""

    status: int
    text: str

    @property
    def shape(self) -> dict[str, Any]:
        """The JSON object in it; empty where it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


async def ask(url: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None) -> Said:
    """One request. It never raises for what is wrong out there."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=_WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env="127.0.0.1" not in url) as session,
            session.request(method, url, headers=headers, json=body) as answer,
        ):
            return Said(answer.status, (await answer.content.read(_LARGEST)).decode(errors="replace"))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        return Said(0, hide_secrets(str(error) or type(error).__name__))


async def ask_telegram(settings: StandaloneSettings, method: str, *, bot: int = 0, **fields: Any) -> Said:
    """A method of the Bot API, as the first bot or another one of ours."""
    base = settings.telegram_api_base.rstrip("/")
    token = settings.bots[bot].token.get_secret_value()
    return await ask(f"{base}/bot{token}/{method}", method="POST", body=fields)


async def tell_admin(settings: StandaloneSettings, text: str) -> str | None:
    """Write to ADMIN_CHAT_ID and SMTP_TO, past all of our own processes; returns what went wrong with both."""
    problems = [await _tell_by_telegram(settings, text), await _tell_by_mail(settings, text)]
    return None if None in problems else "; ".join(one for one in problems if one)


async def _tell_by_telegram(settings: StandaloneSettings, text: str) -> str | None:
    if not settings.bots or settings.admin_chat_id is None:
        return "TELEGRAM_BOT_TOKEN and ADMIN_CHAT_ID are not both set; nobody was told"
    said = await ask_telegram(settings, "sendMessage", chat_id=settings.admin_chat_id, text=text)
    return None if said.shape.get("ok") else f"Telegram did not take the alert ({said.status}): {said.text[:200]}"


async def _tell_by_mail(settings: StandaloneSettings, text: str) -> str | None:
    """An empty text where no mail server is named: that is nothing to complain of."""
    access = settings.mail
    if access is None:
        return ""
    from supportbot.admin_api.mail.letters import Letter, message_of
    from supportbot.admin_api.mail.smtp import MailNotSentError, deliver
    from supportbot.admin_api.wiring.mails import writing_of

    writing = writing_of(settings)
    subject = writing.say("mail.subject.critical", name=writing.name, text=text.partition("\n")[0])
    letter = Letter(subject, text + "\n", writing.html("mail.html", subject=subject, content=text))
    try:
        await deliver(access, message_of(letter, uuid7(), datetime.now(UTC), access), access.recipients)
    except MailNotSentError as error:
        return str(error)
    return None
