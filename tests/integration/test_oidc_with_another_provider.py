"""Signing in and out with an OpenID provider that others wrote, in a process of its own."""

import re
from collections.abc import AsyncGenerator, Generator
from html import unescape
from urllib.parse import urljoin

import httpx
import pytest

from supportbot.admin_api.oidc.opener import SignInWith
from supportbot.admin_api.oidc.provider import Provider, Registration
from supportbot.admin_api.oidc.service import Admission
from supportbot.common.database.transactions import Database
from tests.fakes.openid.server import CLIENT_ID, CLIENT_SECRET, EMAIL
from tests.integration.signing_in import added
from tests.integration.test_oidc import CALLBACK, ORIGIN, SIGNED_OUT, leave, to_provider
from tests.integration.web_stage import staged
from tests.servers.openid import ProviderMissingError, openid_provider

STEPS_MOST = 12
_PROMPT = re.compile(r'name="prompt" value="(\w+)"')
_FORM = re.compile(r'<form[^>]* action="([^"]+)"')
_FORGERY = re.compile(r'name="xsrf" value="(\w+)"')


@pytest.fixture(scope="module")
def issuer() -> Generator[str]:
    try:
        with openid_provider(CLIENT_ID, CLIENT_SECRET, redirect_url=CALLBACK, signed_out_url=SIGNED_OUT) as address:
            yield address
    except ProviderMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
async def browser(issuer: str, sqlite_database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    registration = Registration(issuer, CLIENT_ID, CLIENT_SECRET, CALLBACK, signed_out_url=SIGNED_OUT)
    chosen = SignInWith(Provider(registration), "Another ID", Admission())
    async with (
        staged(sqlite_database, sign_in_with=chosen) as stage,
        stage.client(peer="203.0.113.7", origin=ORIGIN) as made,
    ):
        await added(stage.database, EMAIL)
        made.headers["accept"] = "text/html"
        yield made


async def walk(there: httpx.AsyncClient, answer: httpx.Response, until: str) -> tuple[str, list[str]]:
    """Do what its pages ask for, until it leads to where `until` begins; that, and what was asked for."""
    asked: list[str] = []
    for _ in range(STEPS_MOST):
        if answer.is_redirect:
            location = urljoin(str(answer.url), answer.headers["location"])
            if location.startswith(until):
                return location, asked
            answer = await there.get(location)
            continue
        form, prompt, forgery = (found.search(answer.text) for found in (_FORM, _PROMPT, _FORGERY))
        assert form is not None, answer.text
        assert prompt is not None or forgery is not None, answer.text
        asked.append(prompt[1] if prompt else "logout")
        fields = {"prompt": prompt[1], "login": EMAIL, "password": "-"} if prompt else {"logout": "yes"}
        fields |= {"xsrf": forgery[1]} if forgery else {}
        answer = await there.post(urljoin(str(answer.url), unescape(form[1])), data=fields)
    raise AssertionError(f"after {asked} it still leads nowhere: {answer.text}")


async def test_who_signed_in_there_signs_out_there_too_and_is_asked_anew(browser: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(timeout=20) as there:
        back, asked = await walk(there, await there.get(await to_provider(browser)), CALLBACK)
        assert asked == ["login", "consent"]
        assert (await browser.get(back)).status_code == 303
        assert (await browser.get("/inbox")).status_code == 200

        _, asked = await walk(there, await there.get(await to_provider(browser)), CALLBACK)
        assert asked == [], "as long as they are signed in there, the button lets them in"

        page = await leave(browser)
        address = unescape(page.text.partition('content="0; url=')[2].partition('"')[0])
        assert "id_token_hint=" in address
        back, asked = await walk(there, await there.get(address), SIGNED_OUT)
        assert (back, asked) == (SIGNED_OUT, ["logout"])

        _, asked = await walk(there, await there.get(await to_provider(browser)), CALLBACK)
        assert asked[0] == "login"
