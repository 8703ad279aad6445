"""The pages of operators, of one's own profile and of the audit log."""

import re
import time
from collections.abc import AsyncGenerator

import httpx
import pyotp
import pytest

from supportbot.admin_api.access.sealing import Seal
from supportbot.admin_api.operators.repository import credentials
from supportbot.common.database.transactions import Database
from supportbot.common.ids import uuid7
from tests.integration.signing_in import BROWSER, PASSWORD, added, page_token, sign_in, signed_in
from tests.integration.web_stage import SIGNING_KEY, Stage, staged

OPERATORS, PROFILE = "/inbox/operators", "/inbox/profile"
NEW = "another correct horse"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def stage(sqlite_database: Database) -> AsyncGenerator[Stage]:
    async with staged(sqlite_database) as made:
        yield made


@pytest.fixture
async def anna(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    await added(stage.database)
    async with signed_in(stage) as client:
        yield client


def browser(stage: Stage) -> httpx.AsyncClient:
    return stage.client(peer="203.0.113.8", origin="http://support.example")


async def test_who_is_added_signs_in_with_the_password_that_was_shown_once(
    stage: Stage, anna: httpx.AsyncClient
) -> None:
    made = await anna.post(OPERATORS, data={"name": "Борис", "login": "Boris", "role": "operator"}, headers=BROWSER)
    password = re.search(r"<code>([^<]+)</code>", made.text)
    assert password
    assert password.group(1) not in (await anna.get(OPERATORS)).text
    async with browser(stage) as boris:
        assert (await sign_in(boris, "boris", password.group(1))).status_code == 303
        page = await boris.get("/inbox")
        assert "Борис" in page.text
        assert OPERATORS not in page.text, "what they may not open is not offered"
        assert (await boris.get(OPERATORS)).status_code == 403


async def test_a_login_is_given_once(anna: httpx.AsyncClient) -> None:
    refused = await anna.post(OPERATORS, data={"name": "Eve", "login": "ANNA", "role": "viewer"}, headers=BROWSER)
    assert refused.status_code == 409
    assert 'value="Eve"' in refused.text, "what was typed stays"


async def test_names_are_text(anna: httpx.AsyncClient) -> None:
    await anna.post(OPERATORS, data={"name": SCRIPT, "login": SCRIPT, "role": "viewer"}, headers=BROWSER)
    pages = [(await anna.get(path)).text for path in (OPERATORS, "/inbox/audit")]
    assert all(SCRIPT not in page for page in pages)
    assert "&lt;script&gt;" in pages[0]


async def test_the_last_administrator_is_not_disabled(anna: httpx.AsyncClient) -> None:
    path = re.search(rf"{OPERATORS}/[0-9a-f-]{{36}}/disable", (await anna.get(OPERATORS)).text)
    assert path
    refused = await anna.post(path.group(0), headers=BROWSER)
    assert (refused.status_code, "last administrator" in refused.text) == (409, True)


async def test_a_new_password_ends_the_other_sessions(stage: Stage, anna: httpx.AsyncClient) -> None:
    async with browser(stage) as other:
        await sign_in(other)
        wrong = await anna.post(f"{PROFILE}/password", data={"present": "?", "new": NEW}, headers=BROWSER)
        assert wrong.status_code == 422
        weak = await anna.post(f"{PROFILE}/password", data={"present": PASSWORD, "new": "anna"}, headers=BROWSER)
        assert weak.status_code == 422
        assert (await other.get("/inbox")).status_code == 200
        done = await anna.post(f"{PROFILE}/password", data={"present": PASSWORD, "new": NEW}, headers=BROWSER)
        assert done.headers["location"] == f"{PROFILE}?done=password"
        assert (await other.get("/inbox")).status_code == 401
        assert (await anna.get("/inbox")).status_code == 200
        assert (await sign_in(other)).status_code == 401
        assert (await sign_in(other, "anna", NEW)).status_code == 303


async def test_codes_are_on_once_the_app_has_shown_one(stage: Stage, anna: httpx.AsyncClient) -> None:
    page = (await anna.get(f"{PROFILE}/codes")).text
    offered = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert offered
    assert '<path class="qrline"' in page
    assert " style=" not in page, "the page's policy would strip it"
    fields = {"secret": offered.group(1), "password": PASSWORD}
    right = pyotp.TOTP(offered.group(1)).now()
    wrong = "000000" if right != "000000" else "000001"
    assert (await anna.post(f"{PROFILE}/codes", data={**fields, "code": wrong}, headers=BROWSER)).status_code == 422
    no_password = {**fields, "password": "?", "code": right}
    assert (await anna.post(f"{PROFILE}/codes", data=no_password, headers=BROWSER)).status_code == 422
    done = await anna.post(f"{PROFILE}/codes", data={**fields, "code": right}, headers=BROWSER)
    assert done.headers["location"] == f"{PROFILE}?done=codes_on"
    stored = await stage.database.read(lambda connection: credentials(connection, login="anna"))
    assert stored is not None
    assert offered.group(1) not in str(stored), "whoever has the table cannot make codes"
    seal = Seal(SIGNING_KEY)
    assert seal.opened(str(stored.totp_secret), stored.id) == offered.group(1)
    assert seal.opened(str(stored.totp_secret), uuid7()) is None, "it is this account's alone"
    assert Seal("another key of the tests").opened(str(stored.totp_secret), stored.id) is None
    async with browser(stage) as other:
        form = (await sign_in(other)).text
        pending = re.search(r'name="pending" value="([^"]+)"', form)
        assert pending
        later = pyotp.TOTP(offered.group(1)).at(time.time() + 30)
        answer = await other.post(
            "/inbox/sign-in/code", data={"pending": pending.group(1), "code": later}, headers=BROWSER
        )
        assert answer.status_code == 303
        await anna.post(f"{PROFILE}/codes/off", data={"password": PASSWORD}, headers=BROWSER)
        assert (await sign_in(other)).status_code == 303


async def test_the_language_of_the_profile_comes_along(stage: Stage, anna: httpx.AsyncClient) -> None:
    await anna.post(f"{PROFILE}/language", data={"language": "ru"}, headers=BROWSER)
    async with browser(stage) as other:
        await sign_in(other)
        assert '<html lang="ru">' in (await other.get("/inbox")).text


async def test_everywhere_else_is_signed_out(stage: Stage, anna: httpx.AsyncClient) -> None:
    async with browser(stage) as other:
        await sign_in(other)
        other_token = page_token((await other.get("/inbox")).text)
        await anna.post(f"{PROFILE}/sessions/end", headers=BROWSER)
        assert (await other.post(f"{PROFILE}/sessions/end", headers={"X-CSRF-Token": other_token})).status_code == 401
    assert (await anna.get(PROFILE)).status_code == 200


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_pages_are_light_or_dark_as_was_chosen_in_this_browser(
    stage: Stage, anna: httpx.AsyncClient, theme: str
) -> None:
    system = (await anna.get(PROFILE)).text
    assert 'content="light dark"' in system
    assert 'media="(prefers-color-scheme: dark)"' in system
    done = await anna.post(f"{PROFILE}/theme", data={"theme": theme}, headers=BROWSER)
    assert done.headers["location"] == f"{PROFILE}?done=theme"
    for path in (PROFILE, "/inbox", "/inbox/knowledge", "/inbox/sign-in"):
        page = (await anna.get(path)).text
        assert f'name="color-scheme" content="{theme}"' in page, path
        assert ("dark.css" in page, "prefers-color-scheme" in page) == (theme == "dark", False), path
    assert f'value="{theme}" checked' in (await anna.get(PROFILE)).text
    await anna.post(f"{PROFILE}/theme", data={"theme": "pink"}, headers=BROWSER)
    assert 'content="light dark"' in (await anna.get(PROFILE)).text


async def test_before_set_up_there_is_no_profile(stage: Stage) -> None:
    async with stage.client() as local:
        assert (await local.get(PROFILE)).status_code == 403


async def test_a_page_that_there_is_not_is_said_not_to_be_there(anna: httpx.AsyncClient) -> None:
    missing = await anna.get("/inbox/nonsense")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_page")
