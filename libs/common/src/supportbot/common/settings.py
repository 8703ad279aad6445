"""Settings from the environment, `.env` and secret files, checked as a whole before anything starts."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from dotenv.parser import parse_stream
from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from supportbot.common.errors import SupportbotError
from supportbot.common.settings_checks import (
    blank,
    control_characters,
    not_a_host,
    not_a_url,
    not_networks,
    once_by_name,
    unsafe_in_production,
)
from supportbot.common.telemetry.logging import logger

SECRET_FOLDERS = (Path("/run/secrets"),)
_OLD_NAMES = {"CHROMA_DB_PATH": "VECTOR_DB_PATH"}
_log = logger(__name__)
_UNITS = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


class SettingsError(SupportbotError):
    """Settings that cannot be used; the text names every one of them, never its value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("These settings need your attention:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = tuple(problems)


def _bytes(value: object) -> object:
    """`10MB` and the like as a number of bytes."""
    if isinstance(value, str):
        text = value.strip().upper().replace(" ", "")
        for unit, factor in _UNITS.items():
            if text.endswith(unit) and text.removesuffix(unit).isdigit():
                return int(text.removesuffix(unit)) * factor
    return value


def _list(value: object) -> object:
    if isinstance(value, int):
        return [value]
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _folder(value: object) -> object:
    return None if value == "" else value


ByteSize = Annotated[int, BeforeValidator(_bytes)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]
Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_list)]
OptionalPath = Annotated[Path | None, BeforeValidator(_folder)]


class CommonSettings(BaseSettings):
    """What every service needs. Each field's name in capitals is the environment variable."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
        allow_inf_nan=False,
    )

    environment: Literal["development", "production"] = Field("development", description="development or production")
    run_mode: Literal["all", "telegram", "web"] = Field(
        "all", description="What one process runs: all, telegram or web"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least important line that is logged"
    )
    logs_path: OptionalPath = Field(
        None, description="Folder for rotated app.log and error.log; empty: standard error only"
    )

    database_path: Path = Field(
        Path("data/supportbot.db"), description="The SQLite file, used where DB_HOST is not set"
    )
    db_host: str = Field("", description="PostgreSQL's host; setting it is what switches to PostgreSQL")
    db_port: int = Field(5432, ge=1, le=65535, description="PostgreSQL's port")
    db_name: str = Field("telegram_bot", description="PostgreSQL's database")
    db_user: str = Field("bot_user", description="PostgreSQL's user")
    db_password: SecretStr = Field(SecretStr(""), description="PostgreSQL's password")
    db_pool_size: int = Field(
        10, ge=1, description="Connections that a process keeps; separate services keep 3 to 8 each unless this is set"
    )
    db_max_overflow: int = Field(
        20, ge=0, description="Connections beyond that, for a while; separate services 3 to 8 each unless this is set"
    )
    db_pool_timeout: float = Field(30, gt=0, description="Seconds to wait for a free connection")
    db_pool_recycle: int = Field(3600, ge=-1, description="Seconds after which a connection is replaced")
    db_pool_pre_ping: bool = Field(True, description="Test a connection before it is used, if it was idle for seconds")
    db_monitor_enabled: bool = Field(
        True, description="Watch the connection pool and slow statements, and raise alerts"
    )
    db_monitor_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="Level of the pool monitor's lines"
    )
    db_monitor_alert_threshold: float = Field(
        80, gt=0, le=100, description="Use of the pool that raises an alert, in percent"
    )
    db_monitor_check_interval: float = Field(60, gt=0, description="Seconds between two looks at the pool")
    db_monitor_slow_statement: float = Field(
        5, gt=0, description="Seconds from which a statement of PostgreSQL raises an alert"
    )

    rabbitmq_url: SecretStr = Field(
        SecretStr(""), description="RabbitMQ, as amqp://user:password@host:port/; setting it switches to it"
    )
    rabbitmq_queue_type: Literal["quorum", "classic"] = Field(
        "quorum", description="Type of the work queues: quorum (replicated, slower) or classic"
    )
    qdrant_url: str = Field("", description="Qdrant's address; setting it switches to it")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="Qdrant's key")
    vector_db_path: Path = Field(
        Path("data/index"),
        validation_alias=AliasChoices("VECTOR_DB_PATH", "CHROMA_DB_PATH"),
        description="Folder of the embedded index, used where QDRANT_URL is not set",
    )
    redis_host: str = Field("", description="Redis' host; setting it switches to Redis for cache and user limits")
    redis_port: int = Field(6379, ge=1, le=65535, description="Redis' port")
    redis_password: SecretStr = Field(SecretStr(""), description="Redis' password")

    web_host: str = Field("127.0.0.1", description="Address to listen on")
    web_port: int = Field(5000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    trusted_proxies: Names = Field(
        (),
        description="Addresses or networks of reverse proxies in front, whose X-Forwarded-For and -Proto count",
    )
    company_name: str = Field("", max_length=80, description="Name at the top of the chat")

    @property
    def data_folder(self) -> Path:
        """Where the process keeps what is its own: beside the database file."""
        return self.database_path.parent

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del file_secret_settings
        in_file = dotenv_settings.env_vars if isinstance(dotenv_settings, DotEnvSettingsSource) else {}
        return init_settings, env_settings, dotenv_settings, _SecretFiles(settings_cls, in_file)

    def problems(self) -> list[str]:
        """What is wrong with these settings together, as `NAME: what to do`. Extended by each service."""
        found = [*self._text_problems(), *self._address_problems_of_servers()]
        if self.db_host and not self.db_password.get_secret_value() and self.environment == "production":
            found.append("DB_PASSWORD: is empty; set it, or DB_PASSWORD_FILE")
        return found

    def _text_problems(self) -> Iterator[str]:
        """In every setting, whatever its service does with it."""
        for name, value in self:
            is_secret = isinstance(value, SecretStr)
            text = value.get_secret_value() if is_secret else str(value) if isinstance(value, str | Path) else ""
            problem = control_characters(text) or (blank(text) if is_secret else None)
            if problem:
                yield f"{name.upper()}: {problem}"

    def _address_problems_of_servers(self) -> Iterator[str]:
        checked = {
            "RABBITMQ_URL": _if_set(
                self.rabbitmq_url.get_secret_value(), lambda url: not_a_url(url, ("amqp", "amqps"))
            ),
            "QDRANT_URL": _if_set(self.qdrant_url, lambda url: not_a_url(url, ("http", "https"))),
            "DB_HOST": not_a_host(self.db_host),
            "REDIS_HOST": not_a_host(self.redis_host),
            "TRUSTED_PROXIES": not_networks(self.trusted_proxies),
        }
        yield from (f"{name}: {problem}" for name, problem in checked.items() if problem)


def _if_set(text: str, check: Callable[[str], str | None]) -> str | None:
    return check(text) if text else None


class _SecretFiles(PydanticBaseSettingsSource):
    """`NAME_FILE` names a file that holds the value of NAME; files in /run/secrets are found by the setting's name."""

    def __init__(self, settings_cls: type[BaseSettings], in_file: Mapping[str, str | None]) -> None:
        """`in_file`: what stands in `.env`, by names in small letters."""
        super().__init__(settings_cls)
        self._in_file = in_file

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002  # the base's signature
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        read = {name: _read_secret(name, self._in_file) for name in self.settings_cls.model_fields}
        return {name: value for name, (value, _problem) in read.items() if value is not None}


def _read_secret(name: str, in_file: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    """The value in the file of a setting, or what is wrong with that file; neither where there is no such file."""
    named = os.environ.get(f"{name.upper()}_FILE") or in_file.get(f"{name}_file")
    path = Path(named) if named else _in_secret_folder(name)
    if path is None:
        return None, None
    label = f"{name.upper()}_FILE" if named else str(path)
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        return None, f"{label}: cannot be read ({type(error).__name__})"
    return (value, None) if value else (None, f"{label}: names an empty file" if named else f"{label}: is empty")


def _in_secret_folder(name: str) -> Path | None:
    places = (folder / spelling for folder in SECRET_FOLDERS for spelling in (name, name.upper()))
    return next((place for place in places if place.is_file()), None)


S = TypeVar("S", bound=CommonSettings)


def load_settings(kind: type[S], **overrides: Any) -> S:
    """Read and check settings.

    Raises:
        SettingsError: it lists every problem by the setting's name.
    """
    try:
        in_file = _env_file(Path(".env"))
        settings, problems = _as_far_as_valid(kind, overrides)
    except (UnicodeDecodeError, OSError) as error:
        problem = f"the file .env: cannot be read ({type(error).__name__}); save it as UTF-8 text"
        raise SettingsError([problem]) from None
    small = {name.lower(): value for name, value in in_file.items()}
    problems += [said for name in kind.model_fields if (said := _read_secret(name, small)[1])]
    if settings is not None:
        problems += settings.problems()
        if settings.environment == "production":
            problems += unsafe_in_production({**in_file, **os.environ})
    if problems or settings is None:
        raise SettingsError(once_by_name(problems))
    for old, new in _OLD_NAMES.items():
        if old in os.environ or old in in_file:
            _log.warning(f"{old} is an old name; rename it to {new}")
    return settings


def _as_far_as_valid(kind: type[S], overrides: Mapping[str, Any]) -> tuple[S | None, list[str]]:
    """The settings with defaults in place of what is wrong, so that what else is wrong is found too; and the wrong."""
    try:
        return kind(**overrides), []
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
    wrong = {str(detail["loc"][0]).lower() for detail in details if detail["loc"]} & set(kind.model_fields)
    defaults = {name: kind.model_fields[name].get_default(call_default_factory=True) for name in wrong}
    try:
        return kind(**{**overrides, **defaults}), [_problem(detail) for detail in details]
    except ValidationError:
        return None, [_problem(detail) for detail in details]


def _env_file(file: Path) -> dict[str, str | None]:
    """What an env file sets, by name. It is looked through first, as its reader passes over what it cannot read."""
    if file.is_dir():
        raise SettingsError([f"{file}: is a folder; move it away, or put a file with NAME=value lines in its place"])
    if not file.exists():
        return {}
    with file.open(encoding="utf-8") as opened:
        lines = list(parse_stream(opened))
    wrong = [_first_line(line.original.string, line.original.line) for line in lines if line.error]
    if wrong:
        raise SettingsError([f"{file}, line {number}: is not of the form NAME=value" for number in wrong])
    return {line.key.upper(): line.value for line in lines if line.key}


def _first_line(text: str, number: int) -> int:
    """A statement counts from the blank lines above it; what is wrong stands below them."""
    return number + text[: len(text) - len(text.lstrip())].count("\n")


def _problem(detail: Any) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else "SETTINGS"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}"


def secret_in_folder(folder: Path, name: str) -> str:
    """A random secret that is made once and kept in `folder`, readable by its owner only."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
