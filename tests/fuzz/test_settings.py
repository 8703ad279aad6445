"""Whatever stands in the environment: a process knows its settings, or names each that is wrong and shows no secret."""

import os
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from supportbot.common.settings import SettingsError, load_settings
from supportbot.standalone.settings import StandaloneSettings
from tests.fuzz.examples import EXAMPLES, TEXTS, fuzzed

NAMES = sorted(name.upper() for name in StandaloneSettings.model_fields)
SECRETS = {name for name in NAMES if any(mark in name for mark in ("TOKEN", "KEY", "PASSWORD", "SECRET", "PASSPHRASE"))}
ODD = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1e400",
        "nan",
        "true",
        "null",
        "[]",
        "{}",
        '{"a": 1}',
        "1,2,,x",
        "٣",
        "10MB",
        "-10MB",
        "1.5GB",
        "9" * 30 + "MB",
        "http://",
        "https://[",
        "https://a:b@c:99999/",
        "amqp://%zz@h",
        "//x",
        "a\nb",
        "~/x",
        "/",
        ".",
        "postgresql://user:pass@host/db",
        "123456789:AAE_made-up-token-for-tests-0123456789,",
        "${HOME}",
        "é" * 300,
    ]
)
LONG = 12
VALUES = ODD | TEXTS.map(lambda text: text.replace("\0", "")).filter(lambda text: text.isprintable())


@settings(fuzzed, max_examples=max(EXAMPLES // 3, 1))  # settings take long to load
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
@example({"UPLOAD_LIMIT": "9" * 5000})
@example({"WEBHOOK_URL": "https://[::1"})
@example({"ADMIN_IDS": "9" * 5000})
@example({"RABBITMQ_URL": "amqp://a:b@[::1"})
@example({"TELEGRAM_BOT_TOKEN": "\udcff\udcfe"})
def test_any_environment(environment: dict[str, str]) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    with mock.patch.dict(os.environ, {**kept, **environment}, clear=True):
        said = refusal()
    if said is not None:
        assert said.problems
        shown = [environment[name].strip() for name in SECRETS & environment.keys()]
        assert not [secret for secret in shown if len(secret) >= LONG and secret in str(said)]


def refusal() -> SettingsError | None:
    """Why the product would not start with the environment as it is."""
    try:
        load_settings(StandaloneSettings, _env_file=None)
    except SettingsError as error:
        return error
    return None
