"""Every text that the pages name is in both languages."""

import re
from pathlib import Path
from typing import get_args

import pytest

from supportbot.admin_api.navigation import ROOMS
from supportbot.answerer.domain.answer import Reason
from supportbot.common.i18n import keys

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    *ROOT.glob("services/*/src/supportbot/*/web/templates/*.html"),
    *ROOT.glob("services/gateway/src/supportbot/gateway/entrypoints/web_*.py"),
    *ROOT.glob("services/admin-api/src/supportbot/admin_api/**/*.py"),
]
PAGES = (
    "chat|inbox|canned|oidc|sign_in|set_up|operators|profile|audit|desk|knowledge|try|trace|gaps|faq|overview|channels"
    "|threshold|limits|trouble|keys|people|web"
)
NAMED = re.compile(rf"[\"']((?:{PAGES})\.[a-z_.]*[a-z_])[\"']")
LIVE = re.compile(r"\bwords\.([a-z_]+)\b")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_text_that_is_named_exists(language: str) -> None:
    found = {key for path in SOURCES for key in NAMED.findall(path.read_text(encoding="utf-8"))}
    named = {key for key in found if not key.endswith((".css", ".js", ".html"))} - {room.key for room in ROOMS}
    assert len(named) > 80
    assert named - keys(language) == set()


@pytest.mark.parametrize(
    ("service", "prefixes"),
    [("gateway", ("chat",)), ("admin-api", ("inbox", "desk", "knowledge", "overview", "threshold"))],
)
def test_every_text_that_a_script_names_exists(service: str, prefixes: tuple[str, ...]) -> None:
    scripts = list(ROOT.glob(f"services/{service}/src/supportbot/*/web/static/*.js"))
    ours = [path.read_text(encoding="utf-8") for path in scripts if path.name != "uplot.js"]
    named = {key for script in ours for key in LIVE.findall(script)}
    assert len(named) > 5
    known = {key.removeprefix(f"{prefix}.live.") for prefix in prefixes for key in keys("en")}
    assert named - known == set()


def test_both_languages_have_the_same_texts() -> None:
    assert keys("en") == keys("ru")


def test_every_reason_of_the_answerer_has_words_for_operators() -> None:
    silent = {"answered", "small_talk", "empty_question", "unreadable"}  # these never reach a person
    spoken = {*get_args(Reason), "delivery_uncertain"} - silent
    assert {f"inbox.reason.{reason}" for reason in spoken} - keys("en") == set()


@pytest.mark.parametrize("page", ["operating.md", "operating.ru.md"])
def test_every_reason_of_the_answerer_is_explained(page: str) -> None:
    told = (ROOT / "docs" / page).read_text(encoding="utf-8")
    silent = {"answered", "small_talk", "empty_question", "unreadable"}
    assert {reason for reason in get_args(Reason) if reason not in silent and f"`{reason}`" not in told} == set()
