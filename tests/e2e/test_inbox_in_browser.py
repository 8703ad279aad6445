"""The inbox in a real browser: two people live, the keyboard alone, a small phone, Russian, offline and back.

One browser and one system for the whole file; the machine's answers come from the test's hand.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import pytest_asyncio

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from tests.fakes.serving import LoopbackServer
from tests.integration.signing_in import PASSWORD, added
from tests.integration.web_stage import Stage, staged

playwright = pytest.importorskip("playwright.async_api", reason="the browser's driver is not installed")
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
WITHIN_MS = 20_000
WIDE = {"width": 1440, "height": 860}
PHONE = {"width": 320, "height": 640}


@dataclass(frozen=True)
class World:
    """Both pages served, with a browser in front."""

    stage: Stage
    url: str
    browser: Any

    @asynccontextmanager
    async def operator(self, login: str = "anna", **options: Any) -> AsyncIterator[Any]:
        """Somebody's browser, signed in, with the inbox open; ends with an error if a script of the page failed."""
        context = await self.browser.new_context(**{"viewport": WIDE, "locale": "en", **options})
        failed: list[str] = []
        context.set_default_timeout(WITHIN_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: failed.append(str(error)))
        await page.goto(f"{self.url}/inbox/sign-in")
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_selector("html[data-live] #list")
        yield page
        await context.close()
        assert failed == []

    async def ask(self, text: str) -> "Visitor":
        """Somebody new asks, and the machine hands over."""
        visitor = Visitor(self, text)
        await visitor.say(text)
        await self.stage.answer("You have 30 days. [1]", question=text, decision="escalate", confidence=0.46)
        return visitor


class Visitor:
    """Somebody in the chat, without a browser."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self._client, self._name, self._said = world, world.stage.client(), name, 0

    async def say(self, text: str) -> None:
        """One message."""
        if not self._said:
            await self._client.get("/")
        self._said += 1
        message = {"text": text, "client_id": f"{self._name} {self._said}"}
        assert (await self._client.post("/chat/messages", json=message)).is_success

    async def reads(self) -> str:
        """The chat as they see it."""
        return (await self._client.get("/")).text


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    folder: Path = tmp_path_factory.mktemp("inbox")
    database = SqliteDatabase(folder / "inbox.db")
    await migrate(database)
    async with staged(database, per_minute=1000, per_address=1000) as stage, playwright.async_playwright() as driver:
        for login in ("anna", "boris"):
            await added(database, login)
        server = LoopbackServer(stage.app)
        await server.start()
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield World(stage, server.url, browser)
        await browser.close()
        await server.stop()
    await database.close()


def row(page: Any, text: str) -> Any:
    return page.locator(".row", has_text=text)


async def test_two_people_see_each_other_and_lose_nothing_of_what_they_write(world: World) -> None:
    visitor = await world.ask("Is the hinge covered?")
    async with world.operator() as anna, world.operator("boris") as boris:
        await row(anna, "hinge").click()
        await row(boris, "hinge").click()
        await anna.fill("#reply", "I am looking")
        await boris.wait_for_selector("#writing:text('Anna is writing')")
        await visitor.say("It squeaks too.")
        await anna.wait_for_selector(".said--visitor:has-text('squeaks')")
        assert await anna.evaluate("document.activeElement.id") == "reply"
        assert await anna.input_value("#reply") == "I am looking"
        await boris.keyboard.press("Escape")
        await boris.wait_for_selector(".nothing")
        await row(boris, "hinge").click()
        await boris.wait_for_selector(".talk")
        await boris.keyboard.press("t")
        await anna.wait_for_selector(".taken:has-text('Boris took this')")
        await anna.press("#reply", "Control+Enter")
        await boris.wait_for_selector(".said--person:has-text('I am looking')")
    assert "I am looking" in await visitor.reads()


async def test_a_draft_is_there_in_the_next_browser(world: World) -> None:
    await world.ask("Do you repair lamps?")
    async with world.operator() as anna:
        await row(anna, "lamps").click()
        async with anna.expect_response(lambda answer: answer.url.endswith("/draft")):
            await anna.fill("#reply", "Half a rep")
    async with world.operator() as elsewhere:
        await row(elsewhere, "lamps").click()
        assert await elsewhere.input_value("#reply") == "Half a rep"


async def test_everything_goes_by_the_keyboard_alone(world: World) -> None:
    visitor = await world.ask("Can I pay by invoice?")
    async with world.operator() as anna:
        press = anna.keyboard.press
        await press("/")
        await anna.keyboard.type("invoi")
        await anna.wait_for_selector(".row mark:text('invoice')")
        await press("Escape")
        await press("j")
        await anna.wait_for_selector(".talk")
        await press("r")
        await press("Tab")
        assert await anna.input_value("#reply") == "You have 30 days.", "the suggestion"
        await press("Control+Enter")
        await anna.wait_for_selector(".said--person:has-text('30 days')")
        await press("Escape")
        await press("l")
        await anna.keyboard.type("vip")
        await press("Enter")
        await anna.wait_for_selector(".chips .chip:has-text('vip')")
        await press("Escape")
        await press("Control+k")
        await anna.wait_for_selector("#palette[open]")
        await anna.keyboard.type("close the")
        await press("Enter")
        await anna.wait_for_selector(".mode--closed")
        await press("?")
        await anna.wait_for_selector("#keys[open]")
        await press("Escape")
        assert await anna.locator("dialog[open]").count() == 0
    assert "30 days" in await visitor.reads()


async def test_a_conversation_is_given_to_a_colleague_by_the_keyboard_and_is_theirs_at_once(world: World) -> None:
    await world.ask("Which lamp is it?")
    async with world.operator() as anna, world.operator("boris") as boris:
        await boris.goto(f"{world.url}/inbox?view=mine")
        await boris.wait_for_selector("html[data-live] #list")
        await row(anna, "Which lamp").click()
        await anna.wait_for_selector(".talk")
        await anna.keyboard.press("a")
        await anna.keyboard.type("Boris")
        await anna.keyboard.press("Tab")
        await anna.keyboard.press("Enter")
        await anna.wait_for_selector(".taken:has-text('Boris took this')")
        await row(boris, "Which lamp").wait_for()


async def test_a_ready_made_reply_is_put_in_by_its_name(world: World) -> None:
    await world.ask("When are you open?")
    async with world.operator() as anna:
        await anna.goto(f"{world.url}/inbox/canned")
        await anna.fill("#name-0", "hours")
        await anna.fill("#text-0", "Hello, {{name}}! From nine. {{operator}}")
        await anna.click("section button")
        await anna.goto(f"{world.url}/inbox")
        await row(anna, "When are you open").click()
        await anna.focus("#reply")
        await anna.keyboard.type("/hou")
        await anna.wait_for_selector("#canned:not([hidden]) li")
        await anna.keyboard.press("Enter")
        assert await anna.input_value("#reply") == "Hello! From nine. Anna"


async def test_several_are_closed_at_once(world: World) -> None:
    for text in ("First of many?", "Second of many?"):
        await world.ask(text)
    async with world.operator() as anna:
        for text in ("First of many", "Second of many"):
            await row(anna, text).hover()
            await row(anna, text).locator(".row__pick").check()
        await anna.click("[data-bulk=close]")
        for text in ("First of many", "Second of many"):
            await row(anna, text).wait_for(state="detached")


async def test_without_a_connection_nothing_is_lost_and_all_of_it_is_there_afterwards(world: World) -> None:
    visitor = await world.ask("Is anybody there?")
    async with world.operator() as anna:
        await row(anna, "anybody").click()
        await anna.wait_for_selector(".talk")
        await anna.context.set_offline(True)
        await anna.wait_for_selector("#connection:has-text('offline')")
        await anna.fill("#reply", "Yes, we are.")
        await anna.press("#reply", "Control+Enter")
        await anna.wait_for_selector("#problem:has-text('Not sent')")
        await visitor.say("Hello?")
        await anna.context.set_offline(False)
        await anna.wait_for_selector(".said--visitor:has-text('Hello?')")
        await anna.wait_for_selector("#connection", state="hidden")
        assert await anna.input_value("#reply") == "Yes, we are."
        await anna.press("#reply", "Control+Enter")
        await anna.wait_for_selector(".said--person:has-text('Yes, we are.')")
        assert await anna.locator(".said--person").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_small_phone_shows_all_of_it_in_russian(world: World, scheme: str) -> None:
    await world.ask("Как вернуть товар без чека, если он сломался в первый же день?")
    async with world.operator(viewport=PHONE, locale="ru-RU", color_scheme=scheme) as anna:
        assert await anna.get_attribute("html", "lang") == "ru"
        await fits(anna)
        await row(anna, "без чека").first.click()
        await anna.wait_for_selector(".talk")
        await fits(anna)
        await anna.click("#show-card")
        await anna.wait_for_selector("#card", state="visible")
        await fits(anna)
        await anna.goto(f"{world.url}/inbox/canned")
        await fits(anna)


async def fits(page: Any) -> None:
    """Nothing is wider than the screen."""
    width = await page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= PHONE["width"], page.url
