"""Every page for operators in Chromium: axe objects to nothing, a phone is wide enough, nothing is in the console.

With SCREENSHOTS=docs/screenshots all of them are photographed, light on a wide screen and dark on a phone.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from structlog.testing import capture_logs

from supportbot.common.database.transactions import Database
from tests.browser.desk import Desk, served_desk, serving
from tests.browser.pictures import a_shelf
from tests.integration.api_stage import ApiStage
from tests.integration.signing_in import PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
LOOKS: Final = (("light", "en", 1280), ("dark", "ru", 1280), ("dark", "en", 360), ("light", "ru", 360))
WIDE: Final = 500
NARROWEST: Final = 320
TRIED: Final = "/inbox/knowledge/try"
DRAWN: Final = """async () => {
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
    return document.documentElement.scrollWidth;
}"""
DRAGGED: Final = """() => {
    const dragged = new DataTransfer();
    for (const name of ["moon.md", "venus.md"]) {
        dragged.items.add(new File([`# ${name}\\n\\nIt is very cold on ${name}.`], name));
    }
    return dragged;
}"""


@asynccontextmanager
async def a_browser() -> AsyncGenerator["Browser"]:
    playwright = pytest.importorskip("playwright.async_api")
    if not CHROMIUM:
        pytest.skip("Chromium could not be had")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def signed_in(
    browser: "Browser", desk: Desk, scheme: str = "light", language: str = "en", width: int = 1280
) -> AsyncGenerator["Page"]:
    """A page of Anna's; whatever the browser complains about fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 760 if width < WIDE else 860},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
        base_url=desk.address,
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto("/inbox/sign-in")
    await page.fill("[name=login]", "anna")
    await page.fill("[name=password]", PASSWORD)
    await page.click("form button")
    await page.wait_for_url("**/inbox")
    yield page
    assert complaints == []
    await context.close()


def paths(desk: Desk, tried: str) -> Mapping[str, str]:
    return {
        "inbox": "/inbox",
        "conversation": f"/inbox/{desk.conversation}",
        "files": f"/inbox/{desk.files}",
        "canned": "/inbox/canned",
        "knowledge": "/inbox/knowledge",
        "document": f"/inbox/knowledge/documents/{desk.document}",
        "web": "/inbox/knowledge/web",
        "conflicts": "/inbox/knowledge/conflicts",
        "try": tried,
        "gaps": "/inbox/knowledge/gaps",
        "faq": "/inbox/knowledge/faq",
        "overview": "/inbox/overview",
        "channels": "/inbox/channels",
        "threshold": "/inbox/threshold",
        "limits": "/inbox/limits",
        "trouble": "/inbox/trouble",
        "keys": "/inbox/keys",
        "people": f"/inbox/people?find={desk.conversation}",
        "operators": "/inbox/operators",
        "audit": "/inbox/audit",
        "profile": "/inbox/profile",
        "codes": "/inbox/profile/codes",
        "sign_in": "/inbox/sign-in",
    }


async def objections(page: "Page", script: str) -> list[str]:
    """What axe objects to. It runs in a world of its own, as the page's policy lets nobody else's script in."""
    session = await page.context.new_cdp_session(page)
    frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = await session.send("Page.createIsolatedWorld", {"frameId": frame})
    where = {"contextId": world["executionContextId"]}
    await session.send("Runtime.evaluate", {"expression": script, **where})
    looked = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`))"  # noqa: E501
    asked = {"expression": looked, "awaitPromise": True, "returnByValue": True, **where}
    found: list[str] = (await session.send("Runtime.evaluate", asked))["result"]["value"]
    await session.detach()
    return found


async def test_every_page_is_for_everybody_and_fits_a_phone(tmp_path: Path, sqlite_database: Database) -> None:
    axe = Path(pytest.importorskip("axe_playwright_python").__file__).with_name("axe.min.js").read_text()
    wrong: list[str] = []
    async with served_desk(tmp_path, sqlite_database) as desk, a_browser() as browser:
        tried = await _try(browser, desk)
        for scheme, language, width in LOOKS:
            async with signed_in(browser, desk, scheme, language, width) as page:
                for name, path in paths(desk, tried).items():
                    await page.goto(path)
                    await _photograph(page, f"{name}-{scheme}-{language}-{width}")
                    wrong += [f"{name} {scheme} {width}: {one}" for one in await objections(page, axe)]
                    least = NARROWEST if width < WIDE else width
                    if await _width_on(page, least) > least:
                        wrong.append(f"{name} {language} is wider than {least}")
    assert not wrong, "\n".join(wrong)


async def test_documents_are_uploaded_by_keyboard_and_dropped_and_seen_to_become_live(
    tmp_path: Path, sqlite_database: Database
) -> None:
    article = tmp_path / "mars.md"
    article.write_text("# Mars\n\nWe deliver to Mars on Sundays.\n", encoding="utf-8")
    async with served_desk(tmp_path, sqlite_database) as desk, a_browser() as browser, signed_in(browser, desk) as page:
        await page.goto("/inbox/knowledge")
        async with page.expect_file_chooser() as chooser:
            await page.locator("#files").press("Enter")
        await (await chooser.value).set_files(article)
        row = page.locator("tr", has_text="mars.md")
        await row.locator(".state--live").wait_for()
        await page.goto(f"/inbox/knowledge/documents/{'~uploads/mars.md'}")
        await page.get_by_text("We deliver to Mars on Sundays.").first.wait_for()
        await page.goto("/inbox/knowledge")
        dragged = await page.evaluate_handle(DRAGGED)
        await page.dispatch_event("#drop", "dragenter", {"dataTransfer": dragged})
        await page.locator(".drop--over").wait_for()
        await page.dispatch_event("#drop", "drop", {"dataTransfer": dragged})
        for name in ("moon.md", "venus.md"):
            await page.locator("tr", has_text=name).locator(".state--live").wait_for()
        assert await page.locator(".drop--over").count() == 0


async def test_the_first_administrator_is_made_with_the_code_of_the_log(
    tmp_path: Path, sqlite_database: Database
) -> None:
    axe = Path(pytest.importorskip("axe_playwright_python").__file__).with_name("axe.min.js").read_text()
    stage = ApiStage(tmp_path, sqlite_database)
    with capture_logs() as written:
        await stage.service.start()
    (code,) = [line["code"] for line in written if "code" in line]
    async with serving(stage) as address, a_browser() as browser:
        for scheme, language, width in LOOKS:
            context = await browser.new_context(
                base_url=address,
                color_scheme=scheme,  # type: ignore[arg-type]
                locale=language,
                viewport={"width": width, "height": 860},
            )
            page = await context.new_page()
            await page.goto("/inbox/set-up")
            await _photograph(page, f"set_up-{scheme}-{language}-{width}")
            assert await objections(page, axe) == []
            assert await _width_on(page, NARROWEST) <= NARROWEST
        for name, value in {"code": code, "name": "Anna", "login": "anna", "password": PASSWORD}.items():
            await page.fill(f"[name={name}]", value)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url("**/inbox")
        await page.locator("#list").wait_for()
    await stage.service.stop()


async def test_a_file_is_attached_taken_out_again_and_sent(tmp_path: Path, sqlite_database: Database) -> None:
    axe = Path(pytest.importorskip("axe_playwright_python").__file__).with_name("axe.min.js").read_text()
    plan, shelf = tmp_path / "plan.txt", tmp_path / "shelf.png"
    plan.write_text("Shelf 3", encoding="utf-8")
    shelf.write_bytes(a_shelf())
    async with served_desk(tmp_path, sqlite_database) as desk, a_browser() as browser, signed_in(browser, desk) as page:
        await page.goto(f"/inbox/{desk.conversation}")
        async with page.expect_file_chooser() as chooser:
            while not chooser.is_done():  # a key that comes before the page listens is lost
                await page.keyboard.press("f")
                await asyncio.sleep(0.2)
        await (await chooser.value).set_files(plan)
        await page.locator("#attached", has_text="plan.txt").wait_for()
        await page.locator("#detach").click()
        await page.locator("#attached").wait_for(state="hidden")
        await page.set_input_files("#attach", shelf)
        await page.locator("#send").click()
        await page.locator(".file__picture img").evaluate("image => image.decode()")
        await page.locator("#attached").wait_for(state="hidden")
        assert await objections(page, axe) == []


async def _try(browser: "Browser", desk: Desk) -> str:
    """The path of a question that was tried."""
    async with signed_in(browser, desk) as page:
        await page.goto(TRIED)
        await page.fill("#question", "How do I return an item?")
        await page.click("main form button")
        await page.wait_for_url("**/try/*")
        return page.url.removeprefix(desk.address)


async def _width_on(page: "Page", width: int) -> int:
    """How wide the page is on a screen of this width, which the browser has again afterwards."""
    before = page.viewport_size
    assert before is not None
    await page.set_viewport_size({"width": width, "height": before["height"]})
    found: int = await page.evaluate(DRAWN)  # charts follow when they hear of it
    await page.set_viewport_size(before)
    return found


async def _photograph(page: "Page", name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder and name.endswith(("light-en-1280", "dark-en-360")):
        await asyncio.sleep(0.3)  # until lines are drawn and fades are over
        await page.screenshot(path=f"{folder}/{name}.png")
