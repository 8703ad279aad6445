"""What the gateway can be told."""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from pydantic import Field, SecretStr

from supportbot.common.database.people_there import PeopleThere
from supportbot.common.ids import BotId
from supportbot.common.models.settings import ApiKey, Endpoint, ModelAccess
from supportbot.common.settings import Ids, OptionalPath
from supportbot.common.settings_checks import not_a_url
from supportbot.gateway.domain.working_hours import WorkingHours, WorkingHoursError, read_working_hours

WEBHOOK_PATH = "/webhook"
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BotAccount:
    """A bot as the settings name it."""

    bot: BotId
    token: SecretStr
    webhook_secret: SecretStr


class GatewaySettings(ModelAccess):
    """The gateway's settings."""

    telegram_bot_token: SecretStr = Field(
        SecretStr(""), description="The bot's token from @BotFather; several, separated by commas, are several bots"
    )
    telegram_api_base: str = Field(
        "https://api.telegram.org", description="Address of the Bot API, or of a local Bot API server"
    )
    telegram_files_path: OptionalPath = Field(
        None,
        description="Folder of a local Bot API server that runs with `--local`, as this process sees it; "
        "empty: files are fetched from the server",
    )
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="What Telegram shows with each update; where empty, all gateways derive one from the token",
    )
    telegram_sends_per_second: int = Field(
        30, ge=1, le=1000, description="Messages that a bot may send within a second"
    )
    admin_ids: Ids = Field(
        (), description="Telegram ids of the people who get questions and may reply to them in Telegram"
    )
    staff_group_id: Ids = Field(
        (),
        description="Telegram forum groups, separated by commas, in which each question for a person gets a topic; "
        "empty: ADMIN_IDS get them",
    )
    staff_language: Literal["", "en", "ru"] = Field(
        "",
        description="Language in which STAFF_GROUP_ID reads: en or ru; empty: that of whoever asks. In a private chat "
        "with the bot everybody reads their own",
    )
    people_answer: bool = Field(
        True,
        description="Whether people of the team answer what the machine does not; if not, nobody is promised one: "
        "people get CONTACTS, and the question stays among the unanswered ones",
    )
    contacts: str = Field(
        "",
        max_length=500,
        description="Where people can turn to with PEOPLE_ANSWER=false, as they read it: an address, a telephone; "
        "several, separated by semicolons, stand below each other",
    )
    working_hours: str = Field(
        "", description="When people of the team are there: `Mon-Fri 09:00-18:00, Sat 10:00-14:00`; empty: always"
    )
    working_hours_zone: str = Field("UTC", description="Time zone of WORKING_HOURS, such as `Europe/Moscow`")
    remind_after: float = Field(
        900.0,
        ge=0,
        description="Seconds after which staff are reminded in Telegram of a question that nobody took, or of what "
        "nobody answered; 0: never",
    )
    hand_back_after: float = Field(
        43200.0,
        ge=0,
        description="Seconds without a word in a conversation that was taken in Telegram, after which the machine "
        "answers again; 0: never",
    )
    admin_chat_id: int | None = Field(None, description="Telegram chat that gets alerts")
    webhook_url: str = Field("", description="Public https address for updates; empty: updates are fetched by polling")
    burst_window: float = Field(
        1.0,
        ge=0,
        le=20,
        description="Seconds to wait for further messages that belong to the same question, in Telegram",
    )
    transcription_model: str = Field(
        "",
        max_length=100,
        description="Model that writes down voice and video notes, such as whisper-1; empty: a person listens to them",
    )
    transcription_api_key: ApiKey = Field(SecretStr(""), description="Its own key; needed with TRANSCRIPTION_API_BASE")
    transcription_api_base: str = Field("", description="Its own server; empty: OPENAI_API_BASE")
    user_messages_per_minute: int = Field(
        20, ge=1, le=10_000, description="Messages that one person may write within a minute, in Telegram or on the web"
    )
    repeat_uncertain: Literal["repeat", "operator"] = Field(
        "repeat",
        description="A reply of which nobody knows if it arrived: repeat it once, or give it to an operator",
    )

    @property
    def bots(self) -> tuple[BotAccount, ...]:
        """The bots, in the order in which they are named; the first one speaks for the web chat to staff."""
        tokens = _tokens(self.telegram_bot_token)
        given = self.telegram_webhook_secret.get_secret_value()
        secrets = [_webhook_secret(given, token, first=number == 0) for number, token in enumerate(tokens)]
        return tuple(
            BotAccount(_bot(token), SecretStr(token), SecretStr(secret if self.webhook_url else ""))
            for token, secret in zip(tokens, secrets, strict=True)
        )

    @property
    def people(self) -> PeopleThere:
        """Whether people answer here; if not, where else somebody can be asked."""
        lines = (part.strip() for part in self.contacts.split(";"))
        return PeopleThere(self.people_answer, "\n".join(filter(None, lines)))

    @property
    def webhook_address(self) -> str:
        """Where Telegram is asked to send updates: the public address, with our path behind it."""
        base = self.webhook_url.rstrip("/")
        return base if base.endswith(WEBHOOK_PATH) or not base else base + WEBHOOK_PATH

    @property
    def transcription(self) -> Endpoint | None:
        """Where recordings are written down; None where no model is named, or no key is known."""
        if self.transcription_api_base:
            return Endpoint(self.transcription_api_base, "", self.transcription_api_key.get_secret_value())
        key = self.openai_api_key.get_secret_value()
        return Endpoint(self.openai_api_base, self.openai_api_version, key) if key else None

    @property
    def alerts_group(self) -> int | None:
        """The chat for alerts, where it is a group: in one's own chat one may ask questions too."""
        return self.admin_chat_id if self.admin_chat_id is not None and self.admin_chat_id < 0 else None

    def problems(self) -> list[str]:
        """What is wrong with these settings together."""
        own = (
            self._token_problems,
            self._webhook_problems,
            self._address_problems,
            self._hours_problems,
            self._people_problems,
            self._transcription_problems,
        )
        return [*super().problems(), *(problem for look in own for problem in look())]

    def _token_problems(self) -> list[str]:
        tokens = _tokens(self.telegram_bot_token)
        if any(_TOKEN.fullmatch(token) is None for token in tokens):
            return [
                "TELEGRAM_BOT_TOKEN: is not a bot token (digits, a colon, letters and digits; no spaces or line ends)"
            ]
        if len({_bot(token) for token in tokens}) < len(tokens):
            return ["TELEGRAM_BOT_TOKEN: names the same bot twice"]
        return []

    def _webhook_problems(self) -> list[str]:
        found = []
        problem = not_a_url(self.webhook_url, ("https",)) if self.webhook_url else None
        if problem:
            found.append(f"WEBHOOK_URL: {problem}; Telegram delivers nowhere else")
        secret = self.telegram_webhook_secret.get_secret_value()
        if secret and _SECRET.fullmatch(secret) is None:
            found.append("TELEGRAM_WEBHOOK_SECRET: may hold 1 to 256 of A-Z, a-z, 0-9, _ and -")
        return found

    @property
    def hours(self) -> WorkingHours:
        """When people of the team are there."""
        return read_working_hours(self.working_hours, self.working_hours_zone)

    def _transcription_problems(self) -> list[str]:
        if not self.transcription_api_base:
            unused = bool(self.transcription_api_key.get_secret_value())
            if self.transcription_model and self.transcription is None:
                return ["TRANSCRIPTION_MODEL: needs OPENAI_API_KEY, or a server of its own (TRANSCRIPTION_API_BASE)"]
            return ["TRANSCRIPTION_API_KEY: needs TRANSCRIPTION_API_BASE beside it"] if unused else []
        problem = not_a_url(self.transcription_api_base, ("http", "https"))
        found = [f"TRANSCRIPTION_API_BASE: {problem}"] if problem else []
        if not self.transcription_api_key.get_secret_value():
            found.append("TRANSCRIPTION_API_KEY: must be set with TRANSCRIPTION_API_BASE")
        return found

    def _hours_problems(self) -> list[str]:
        try:
            read_working_hours(self.working_hours, self.working_hours_zone)
        except WorkingHoursError as error:
            return [f"WORKING_HOURS, WORKING_HOURS_ZONE: {error}"]
        return []

    def _people_problems(self) -> list[str]:
        if not self.people_answer and self.repeat_uncertain == "operator":
            return ["REPEAT_UNCERTAIN: there is no operator with PEOPLE_ANSWER=false; leave it at repeat"]
        return []

    def _address_problems(self) -> list[str]:
        problem = not_a_url(self.telegram_api_base, ("http", "https"))
        return [f"TELEGRAM_API_BASE: {problem}"] if problem else []


def _tokens(setting: SecretStr) -> list[str]:
    value = setting.get_secret_value()
    return value.split(",") if value else []


def _bot(token: str) -> BotId:
    return BotId(token.partition(":")[0])


def _webhook_secret(given: str, token: str, *, first: bool) -> str:
    """Each bot's own secret, the same at every gateway: the first has the one that is set, others derive theirs."""
    if given and first:
        return given
    key, about = (given, _bot(token)) if given else (token, "webhook secret")
    return hmac.new(key.encode(), about.encode(), sha256).hexdigest()
