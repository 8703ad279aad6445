"""Operators in front of the admin API's pages: added, signed in, with the token of their page."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx

from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.access.roles import Role
from supportbot.admin_api.operators.service import NewOperator, OperatorService
from supportbot.common.database.transactions import Database
from tests.integration.web_stage import Stage

PASSWORD = "correct horse battery staple"
SIGN_IN = "/inbox/sign-in"
BROWSER = {"Accept": "text/html"}


async def added(database: Database, login: str = "anna", role: Role = "admin") -> UUID:
    """Somebody new, named like their login; the first one has to be an administrator."""
    return await OperatorService(database).add(COMMAND, NewOperator(login, login.title(), role, PASSWORD))


async def sign_in(client: httpx.AsyncClient, login: str = "anna", password: str = PASSWORD) -> httpx.Response:
    """Fill in the form and send it."""
    return await client.post(SIGN_IN, data={"login": login, "password": password}, headers=BROWSER)


def page_token(html: str) -> str:
    """What the page sends with every change."""
    found = re.search(r'data-csrf="([0-9a-f]*)"', html)
    assert found, "the page has no token"
    return found.group(1)


@asynccontextmanager
async def signed_in(stage: Stage, login: str = "anna") -> AsyncGenerator[httpx.AsyncClient]:
    """A browser far away in which somebody is signed in, with the inbox open."""
    async with stage.client(peer="203.0.113.7", origin="http://support.example") as client:
        assert (await sign_in(client, login)).status_code == 303
        client.headers["X-CSRF-Token"] = page_token((await client.get("/inbox")).text)
        yield client
