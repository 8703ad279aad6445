"""Signing in to the inbox: set-up, passwords and codes, sessions that end when they should, and nobody else gets in."""

import base64
import hmac
import json
import logging
import re
import time
from collections.abc import AsyncGenerator
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import jwt
import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.access.roles import Role
from supportbot.admin_api.operators.service import OperatorService
from supportbot.admin_api.sign_in.set_up import SetUp
from supportbot.common.database.clock import after
from supportbot.common.database.schema.operator_tables import (
    audit_entries,
    operators,
    refresh_tokens,
    sign_in_attempts,
)
from supportbot.common.database.schema.tables import outbound
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import uuid7
from tests.integration.signing_in import BROWSER, PASSWORD, SIGN_IN, added, sign_in, signed_in
from tests.integration.web_stage import SIGNING_KEY, Stage, first_conversation, staged

SET_UP = "/inbox/set-up"
RENEW = f"{SIGN_IN}/renew"
SESSION, REFRESH = "supportbot_session", "supportbot_refresh"
CODE = re.compile(r"[A-Z2-9]{5}(?:-[A-Z2-9]{5}){3}")
FORM = {"name": "Anna", "login": "Anna", "password": PASSWORD}


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        yield made


@pytest.fixture
async def browser(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    """One far away, in which nobody is signed in."""
    async with stage.client(peer="203.0.113.7", origin="http://support.example") as client:
        yield client


async def set_up_codes(database: Database) -> list[str]:
    """What a process that starts writes into its log."""
    with capture_logs() as written:
        await SetUp(database).announce()
    return [line["code"] for line in written if "code" in line]


async def change(database: Database, statement: Any) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(statement)

    await database.write(work)


async def actions(database: Database) -> list[str]:
    async def read(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(audit_entries.c.action).order_by(audit_entries.c.id))).scalars())

    return await database.read(read)


async def test_until_set_up_this_machine_is_let_in_and_told_how_to_change_that(stage: Stage) -> None:
    async with stage.client() as local:
        page = await local.get("/inbox")
    assert page.status_code == 200
    assert SET_UP in page.text


async def test_until_set_up_a_browser_elsewhere_is_led_there(browser: httpx.AsyncClient) -> None:
    for path in ("/inbox", SIGN_IN):
        led = await browser.get(path, headers=BROWSER)
        assert (led.status_code, led.headers["location"]) == (303, SET_UP)
    assert 'name="code"' in (await browser.get(SET_UP)).text


async def test_the_code_of_the_log_makes_the_first_administrator_once(stage: Stage, browser: httpx.AsyncClient) -> None:
    (code,) = await set_up_codes(stage.database)
    assert CODE.fullmatch(code)
    wrong = await browser.post(SET_UP, data={**FORM, "code": "AAAAA-AAAAA-AAAAA-AAAAA"}, headers=BROWSER)
    assert wrong.status_code == 403
    weak = await browser.post(SET_UP, data={**FORM, "password": "short", "code": code}, headers=BROWSER)
    assert weak.status_code == 422
    done = await browser.post(SET_UP, data={**FORM, "code": f" {code.lower()} "}, headers=BROWSER)
    assert (done.status_code, done.headers["location"]) == (303, "/inbox")
    assert (await browser.get("/inbox")).status_code == 200
    again = await browser.post(SET_UP, data={**FORM, "login": "eve", "code": code}, headers=BROWSER)
    assert again.status_code == 403
    assert (await browser.get(SET_UP)).headers["location"] == SIGN_IN
    async with stage.client() as local:
        assert (await local.get("/inbox")).status_code == 401, "set up, it is open to nobody on this machine either"


async def test_nothing_is_announced_where_somebody_can_sign_in(stage: Stage) -> None:
    await added(stage.database)
    assert await set_up_codes(stage.database) == []


async def test_who_signs_in_gets_to_where_they_wanted(stage: Stage, browser: httpx.AsyncClient) -> None:
    await added(stage.database)
    led = await browser.get("/inbox?view=all", headers=BROWSER)
    assert (led.status_code, led.headers["location"]) == (303, f"{RENEW}?next=%2Finbox%3Fview%3Dall")
    form = await browser.get(led.headers["location"])
    assert 'name="next" value="/inbox?view=all"' in form.text
    sent = await browser.post(
        SIGN_IN, data={"login": "ANNA", "password": PASSWORD, "next": "/inbox?view=all"}, headers=BROWSER
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/inbox?view=all")
    assert (await browser.get("/inbox")).status_code == 200
    assert await actions(stage.database) == ["operator_added", "signed_in"]


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/inbox", "//evil.example/inbox", "/inbox//evil.example", "/\\evil.example", "/inbox\r\nX: y"],
)
async def test_nobody_is_led_to_another_site(stage: Stage, browser: httpx.AsyncClient, elsewhere: str) -> None:
    await added(stage.database)
    fields = {"login": "anna", "password": PASSWORD, "next": elsewhere}
    sent = await browser.post(SIGN_IN, data=fields, headers=BROWSER)
    assert sent.headers["location"] == "/inbox"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_cookies_are_for_the_pages_alone(stage: Stage, scheme: str) -> None:
    await added(stage.database)
    async with stage.client(origin=f"{scheme}://support.example") as client:
        cookies = (await sign_in(client)).headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) == (scheme == "https")
    assert next(c for c in cookies if c.startswith(REFRESH)).count(f"Path={SIGN_IN};") == 1
    assert next(c for c in cookies if c.startswith(SESSION)).count("Path=/inbox;") == 1


@pytest.mark.parametrize(
    ("login", "password"),
    [("anna", PASSWORD + "?"), ("anna", ""), ("anna", "x" * 5000), ("nobody", PASSWORD), ("", "")],
)
async def test_what_is_wrong_about_a_sign_in_is_not_said(
    stage: Stage, browser: httpx.AsyncClient, login: str, password: str
) -> None:
    await added(stage.database)
    refused = await sign_in(browser, login, password)
    assert refused.status_code == 401
    assert "Login or password is not right" in refused.text
    assert not refused.headers.get_list("set-cookie")
    assert (await browser.get("/inbox")).status_code == 401


async def test_another_site_cannot_sign_somebody_in(stage: Stage, browser: httpx.AsyncClient) -> None:
    await added(stage.database)
    fields = {"login": "anna", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await browser.post(SIGN_IN, data=fields, headers=headers)).status_code == 403


async def test_an_account_is_closed_for_a_while_to_whoever_guesses(stage: Stage) -> None:
    await added(stage.database)
    for number in range(10):
        async with stage.client(peer=f"203.0.113.{number}") as client:
            assert (await sign_in(client, "anna", "wrong")).status_code == 401
    async with stage.client(peer="203.0.113.99") as client:
        refused = await sign_in(client)
        assert (refused.status_code, 0 < int(refused.headers["retry-after"]) <= 900) == (429, True)
        await change(stage.database, update(sign_in_attempts).values(at=after(-901)))
        assert (await sign_in(client)).status_code == 303


async def test_an_address_is_closed_for_a_while_whatever_accounts_it_tries(stage: Stage) -> None:
    await added(stage.database)
    async with stage.client(peer="2001:db8::1") as client:
        for number in range(50):
            assert (await sign_in(client, f"somebody{number}", "")).status_code == 401
    async with stage.client(peer="2001:db8::2") as neighbour:
        assert (await sign_in(neighbour)).status_code == 429
    async with stage.client(peer="2001:db8:0:1::1") as other:
        assert (await sign_in(other)).status_code == 303


async def test_passwords_are_stored_so_that_they_cannot_be_read(stage: Stage) -> None:
    await added(stage.database)

    async def hashes(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(operators.c.password_hash))).scalars())

    (hashed,) = await stage.database.read(hashes)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in hashed


async def test_a_change_needs_the_token_of_the_page(stage: Stage) -> None:
    await added(stage.database)
    await added(stage.database, "boris", "operator")
    path = f"/inbox/{uuid7()}/close"
    async with signed_in(stage, "boris") as boris:
        of_boris = boris.headers["X-CSRF-Token"]
    async with signed_in(stage) as anna:
        token = anna.headers.pop("X-CSRF-Token")
        assert (await anna.post(path)).json()["code"] == "old_page"
        assert (await anna.post(path, headers={"X-CSRF-Token": of_boris})).status_code == 403
        assert (await anna.post(path, data={"csrf": of_boris})).status_code == 403
        assert (await anna.post(path, json={"csrf": token})).status_code == 404, "let in: there is no such conversation"
        assert (await anna.post(path, data={"csrf": token})).status_code == 404
        assert (await anna.post(path, headers={"X-CSRF-Token": token})).status_code == 404
        cross = {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}
        assert (await anna.post(path, headers=cross)).json()["code"] == "elsewhere"


async def test_a_refresh_token_is_good_once_and_a_copy_of_it_ends_the_session(stage: Stage) -> None:
    await added(stage.database)
    async with signed_in(stage) as anna, stage.client(peer="203.0.113.7", origin="http://support.example") as thief:
        first = anna.cookies[REFRESH]
        assert (await anna.post(RENEW)).status_code == 200
        assert anna.cookies[REFRESH] != first
        thief.cookies.set(REFRESH, first, domain="support.example", path=SIGN_IN)
        await change(stage.database, update(refresh_tokens).values(used_at=after(-21)).where(_used()))
        assert (await thief.post(RENEW)).status_code == 401
        assert (await anna.get("/inbox")).status_code == 401, "the session is ended for both"
        assert (await anna.post(RENEW)).status_code == 401
    assert "refresh_token_reused" in await actions(stage.database)


async def test_two_tabs_may_renew_at_once_but_only_one_gets_the_next_token(stage: Stage) -> None:
    await added(stage.database)
    async with signed_in(stage) as anna:
        first = anna.cookies[REFRESH]
        await anna.post(RENEW)
        async with stage.client(peer="203.0.113.7", origin="http://support.example") as second:
            second.cookies.set(REFRESH, first, domain="support.example", path=SIGN_IN)
            assert (await second.post(RENEW)).status_code == 200
            assert second.cookies[REFRESH] == first
            assert (await second.get("/inbox")).status_code == 200
        assert (await anna.post(RENEW)).status_code == 200


async def test_a_page_goes_on_where_only_the_access_token_is_too_old(stage: Stage) -> None:
    await added(stage.database)
    async with signed_in(stage) as anna:
        anna.cookies.delete(SESSION)
        led = await anna.get("/inbox?view=all", headers=BROWSER)
        back = await anna.get(led.headers["location"], headers=BROWSER)
        assert (back.status_code, back.headers["location"]) == (303, "/inbox?view=all")
        assert (await anna.get("/inbox")).status_code == 200


async def test_a_copy_of_the_cookies_is_worth_nothing_after_signing_out(stage: Stage) -> None:
    await added(stage.database)
    async with signed_in(stage) as anna, stage.client(peer="203.0.113.7", origin="http://support.example") as thief:
        thief.cookies.update(anna.cookies)
        assert (await thief.get("/inbox")).status_code == 200
        out = await anna.post("/inbox/sign-out", headers=BROWSER)
        assert (out.status_code, out.headers["location"]) == (303, SIGN_IN)
        assert SESSION not in anna.cookies
        assert (await thief.get("/inbox")).status_code == 401
        assert (await thief.post(RENEW)).status_code == 401


@pytest.mark.parametrize("what", ["disable", "reset_password"])
async def test_who_is_let_in_no_more_is_out_at_once(stage: Stage, what: str) -> None:
    await added(stage.database)
    boris = await added(stage.database, "boris", "operator")
    service = OperatorService(stage.database)
    async with signed_in(stage, "boris") as client:
        if what == "disable":
            await service.disable(COMMAND, boris)
        else:
            await service.reset_password(COMMAND, boris, "another correct horse")
        assert (await client.get("/inbox")).status_code == 401
        assert (await sign_in(client, "boris")).status_code == 401


async def test_a_role_that_changes_holds_from_the_next_request(stage: Stage) -> None:
    await added(stage.database)
    boris = await added(stage.database, "boris", "operator")
    path = f"/inbox/{uuid7()}/close"
    async with signed_in(stage, "boris") as client:
        assert (await client.post(path)).status_code == 404
        await OperatorService(stage.database).change(COMMAND, boris, {"role": "viewer"})
        assert (await client.post(path)).json()["code"] == "role"
        assert (await client.get("/inbox")).status_code == 200


def unsigned(header: dict[str, Any], claims: dict[str, Any], key: str = "") -> str:
    """A token put together by hand, signed with HMAC where a key is given."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    body = b".".join(parts)
    signature = hmac.new(key.encode(), body, sha256).digest() if key else b""
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of HS512, as the key is for HS256
@pytest.mark.parametrize(
    "forged",
    [
        "alg none",
        "no alg",
        "another key",
        "empty key",
        "HS512",
        "RS256 by the same key",
        "a key inside",
        "too old",
        "no end",
        "of a code",
        "another issuer",
        "no session",
        "somebody else's session",
        "an id that is none",
    ],
)
async def test_a_token_that_is_not_ours_opens_nothing(stage: Stage, forged: str) -> None:
    anna = await added(stage.database)
    boris = await added(stage.database, "boris", "viewer")
    async with signed_in(stage, "boris") as client:
        good = jwt.decode(client.cookies[SESSION], options={"verify_signature": False})
        assert good["sub"] == str(boris)
        token = _forged(forged, good, anna)
        client.cookies.clear()
        client.cookies.set(SESSION, token, domain="support.example", path="/inbox")
        assert (await client.get("/inbox")).status_code == 401
        api = await client.get("/api/v1/answers", headers={"Authorization": f"Bearer {token}"})
        assert (api.status_code, api.json()["code"]) == (401, "wrong_key")


def _forged(how: str, good: dict[str, Any], other: UUID) -> str:
    moment = int(time.time())
    claims: dict[str, Any] = {
        "too old": {**good, "exp": moment - 1},
        "no end": {name: value for name, value in good.items() if name != "exp"},
        "of a code": {**good, "aud": "code"},
        "another issuer": {**good, "iss": "evil"},
        "no session": {name: value for name, value in good.items() if name != "sid"},
        "somebody else's session": {**good, "sub": str(other)},
        "an id that is none": {**good, "sub": "admin' --"},
    }.get(how, good)
    headers: dict[str, dict[str, Any]] = {
        "alg none": {"alg": "none"},
        "no alg": {"typ": "JWT"},
        "RS256 by the same key": {"alg": "RS256", "typ": "JWT"},
        "a key inside": {"alg": "HS256", "typ": "JWT", "jwk": {"kty": "oct", "k": "QUFB"}, "kid": "/dev/null"},
    }
    if how in headers:
        keys = {"RS256 by the same key": SIGNING_KEY, "a key inside": "AAA"}
        return unsigned(headers[how], claims, keys.get(how, ""))
    if how == "empty key":
        return unsigned({"alg": "HS256", "typ": "JWT"}, claims)
    key = "another-key-of-the-tests-that-is-not-theirs-but-long-enough-for-all" if how == "another key" else SIGNING_KEY
    if how == "HS512":
        return jwt.encode(claims, key, algorithm="HS512")
    return jwt.encode(claims, key, algorithm="HS256")


async def test_where_a_code_is_set_up_the_password_is_not_enough(stage: Stage, browser: httpx.AsyncClient) -> None:
    anna = await added(stage.database)
    secret = pyotp.random_base32()
    await change(stage.database, update(operators).where(operators.c.id == anna).values(totp_secret=secret))
    form = await sign_in(browser)
    assert (form.status_code, form.headers.get_list("set-cookie")) == (200, [])
    pending = re.search(r'name="pending" value="([^"]+)"', form.text)
    assert pending
    fields = {"pending": pending.group(1), "code": "000000"}
    right = pyotp.TOTP(secret).now()
    if right == fields["code"]:  # once in a million runs
        fields["code"] = "000001"
    assert (await browser.post(f"{SIGN_IN}/code", data=fields, headers=BROWSER)).status_code == 401
    forged = {**fields, "pending": fields["pending"][:-3] + "abc", "code": right}
    assert (await browser.post(f"{SIGN_IN}/code", data=forged, headers=BROWSER)).status_code == 401
    sent = await browser.post(f"{SIGN_IN}/code", data={**fields, "code": f"{right[:3]} {right[3:]}"}, headers=BROWSER)
    assert sent.status_code == 303
    assert (await browser.get("/inbox")).status_code == 200
    replayed = await browser.post(f"{SIGN_IN}/code", data={**fields, "code": right}, headers=BROWSER)
    assert replayed.status_code == 401, "a code is good once"


async def test_a_pending_sign_in_is_no_session(stage: Stage, browser: httpx.AsyncClient) -> None:
    anna = await added(stage.database)
    secret = pyotp.random_base32()
    await change(stage.database, update(operators).where(operators.c.id == anna).values(totp_secret=secret))
    pending = re.search(r'name="pending" value="([^"]+)"', (await sign_in(browser)).text)
    assert pending
    browser.cookies.set(SESSION, pending.group(1), domain="support.example", path="/inbox")
    assert (await browser.get("/inbox")).status_code == 401


@pytest.mark.parametrize(
    ("role", "may"),
    [("viewer", False), ("operator", True), ("knowledge_editor", False), ("admin", True)],
)
async def test_who_may_reply(stage: Stage, role: Role, may: bool) -> None:
    await added(stage.database)
    if role != "admin":
        await added(stage.database, "boris", role)
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Is it covered?", "client_id": "m1"})
        async with signed_in(stage, "anna" if role == "admin" else "boris") as client:
            listed = (await client.get("/inbox?view=all")).text
            path = f"/inbox/{first_conversation(listed)}"
            sent = await client.post(f"{path}/reply", json={"text": "Yes.", "seen": "1", "client_id": "r1"})
            assert sent.status_code == (200 if may else 403)
            assert ("Yes." in (await client.get(path)).text) == may


async def test_who_replied_is_on_record_and_not_told_to_the_visitor(stage: Stage) -> None:
    await added(stage.database)
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Is it covered?", "client_id": "m1"})
        async with signed_in(stage) as anna:
            path = f"/inbox/{first_conversation((await anna.get('/inbox?view=all')).text)}"
            await anna.post(f"{path}/reply", json={"text": "Yes, it is.", "seen": "1", "client_id": "r1"})
            assert "Anna" in (await anna.get(path)).text
        page = (await visitor.get("/")).text
    assert "Yes, it is." in page
    assert "Anna" not in page

    async def stored(connection: AsyncConnection) -> dict[str, Any]:
        return dict((await connection.execute(select(outbound.c.details, outbound.c.author_name))).one()._mapping)

    row = await stage.database.read(stored)
    assert (row["details"]["replied_by"], row["author_name"]) == ("Anna", "")


async def test_neither_password_nor_token_is_ever_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await added(stage.database)
    with caplog.at_level(logging.DEBUG):
        async with signed_in(stage) as anna:
            await anna.post(RENEW)
            secrets = [PASSWORD, anna.cookies[SESSION], anna.cookies[REFRESH], anna.headers["X-CSRF-Token"]]
            await sign_in(anna, "anna", "wrong " + PASSWORD)
    captured = capsys.readouterr()
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("supportbot"))
    for secret in secrets:
        assert secret not in written + captured.out + captured.err


def _used() -> Any:
    return refresh_tokens.c.used_at.is_not(None)
