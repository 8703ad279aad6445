"""Signing in with an OpenID provider: over HTTP, with real keys, and with everything that must not let anybody in."""

import html
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from supportbot.admin_api.access import throttle
from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.access.sealing import Seal
from supportbot.admin_api.oidc import provider as oidc_provider
from supportbot.admin_api.oidc.opener import SignInWith
from supportbot.admin_api.oidc.pages import COOKIE, PATH
from supportbot.admin_api.oidc.provider import Provider, Registration
from supportbot.admin_api.oidc.service import Admission
from supportbot.admin_api.operators.repository import by_login
from supportbot.admin_api.operators.service import OperatorService
from supportbot.admin_api.profile.pages import PATH as PROFILE
from supportbot.common.database.schema.operator_tables import audit_entries, operators, sessions
from supportbot.common.database.transactions import Database, Transaction
from tests.fakes.openid.server import ANNA, CLIENT_ID, CLIENT_SECRET, EMAIL, FakeProvider
from tests.fakes.openid.signing import ALGORITHMS, Keys, unsigned, with_secret
from tests.integration.signing_in import BROWSER, PASSWORD, SIGN_IN, added, page_token, sign_in
from tests.integration.web_stage import SIGNING_KEY, Stage, staged

ORIGIN = "http://support.example"
CALLBACK = f"{ORIGIN}{PATH}/callback"
SIGNED_OUT = f"{ORIGIN}{SIGN_IN}"
NEW = Admission(("example.com",), takes_new=True, roles={"support leads": "admin", "writers": "knowledge_editor"})


@pytest.fixture
async def provider() -> AsyncGenerator[FakeProvider]:
    async with FakeProvider(CALLBACK, SIGNED_OUT) as made:
        yield made
    assert made.refused_requests == [], "the provider was sent what it must not be sent"


def known_as(provider: FakeProvider, admission: Admission, signed_out_url: str = SIGNED_OUT) -> SignInWith:
    registration = Registration(provider.issuer, CLIENT_ID, CLIENT_SECRET, CALLBACK, signed_out_url=signed_out_url)
    return SignInWith(Provider(registration), "Example ID", admission)


@asynccontextmanager
async def standing(
    database: Database, provider: FakeProvider, admission: Admission | None = None
) -> AsyncGenerator[tuple[Stage, httpx.AsyncClient]]:
    """The inbox beside the provider, and a browser far away."""
    chosen = known_as(provider, admission or Admission())
    async with staged(database, sign_in_with=chosen) as stage, stage.client(peer="203.0.113.7", origin=ORIGIN) as one:
        one.headers["accept"] = "text/html"
        yield stage, one


@pytest.fixture
async def stage_and_browser(
    sqlite_database: Database, provider: FakeProvider
) -> AsyncGenerator[tuple[Stage, httpx.AsyncClient]]:
    async with standing(sqlite_database, provider) as both:
        yield both


@pytest.fixture
def stage(stage_and_browser: tuple[Stage, httpx.AsyncClient]) -> Stage:
    return stage_and_browser[0]


@pytest.fixture
def browser(stage_and_browser: tuple[Stage, httpx.AsyncClient]) -> httpx.AsyncClient:
    return stage_and_browser[1]


async def to_provider(browser: httpx.AsyncClient, after: str = "/inbox") -> str:
    """Press the button; what the browser is sent to."""
    led = await browser.get(PATH, params={"next": after})
    assert led.status_code == 303, led.text
    return led.headers["location"]


async def from_provider(address: str) -> str:
    """Agree at the provider; where it sends the browser back to."""
    async with httpx.AsyncClient() as there:
        back = await there.get(address)
    assert back.status_code == 303, back.text
    return back.headers["location"]


async def come_in(browser: httpx.AsyncClient, after: str = "/inbox") -> httpx.Response:
    """The whole way."""
    return await browser.get(await from_provider(await to_provider(browser, after)))


async def entries(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    columns = audit_entries.c.action, audit_entries.c.actor, audit_entries.c.details

    async def read(connection: AsyncConnection) -> list[tuple[str, str, dict[str, Any]]]:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(audit_entries.c.id))]

    return await database.read(read)


async def role_of(database: Database, login: str = EMAIL) -> str | None:
    found = await database.read(lambda connection: by_login(connection, login))
    return None if found is None else found.role


async def test_the_button_stands_on_the_sign_in_page_only_where_there_is_a_provider(
    stage: Stage, browser: httpx.AsyncClient
) -> None:
    await added(stage.database, EMAIL)
    page = await browser.get(SIGN_IN, params={"next": "/inbox?view=all"})
    assert "Sign in with Example ID" in page.text
    assert f'href="{PATH}?next=%2Finbox%3Fview%3Dall"' in page.text
    async with staged(stage.database) as without, without.client() as other:
        assert PATH not in (await other.get(SIGN_IN)).text
        assert (await other.get(PATH)).status_code == 404, "there is no such page"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_an_operator_comes_in_by_the_address_that_the_provider_vouches_for(
    database: Database, provider: FakeProvider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    async with standing(database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        done = await come_in(browser, "/inbox?view=all")
        assert (done.status_code, done.headers["location"]) == (303, "/inbox?view=all")
        assert (await browser.get("/inbox")).status_code == 200
    bound, signed = (await entries(database))[1:]
    assert (bound[0], bound[2]) == ("operator_bound", {"provider": provider.issuer})
    assert (signed[0], signed[2]) == ("signed_in", {"provider": provider.issuer})


async def test_what_the_provider_is_sent_holds_no_secret_and_what_the_browser_keeps_is_sealed(
    stage: Stage, browser: httpx.AsyncClient
) -> None:
    await added(stage.database, EMAIL)
    led = await browser.get(PATH)
    asked = parse_qs(urlsplit(led.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    cookie = led.headers["set-cookie"]
    for one in ("HttpOnly", "SameSite=lax", f"Path={PATH}"):
        assert one in cookie
    for secret in (asked["state"][0], asked["nonce"][0], CLIENT_SECRET):
        assert secret not in cookie
    assert CLIENT_SECRET not in led.headers["location"]


async def test_nothing_secret_is_logged(stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider) -> None:
    await added(stage.database, EMAIL)
    provider.changes = {"nonce": "another"}
    address = await to_provider(browser)
    back = await from_provider(address)
    with capture_logs() as written:
        assert (await browser.get(back)).status_code == 403
    assert [line["issuer"] for line in written if "issuer" in line] == [provider.issuer]
    secrets = [*parse_qs(urlsplit(back).query)["code"], *parse_qs(urlsplit(address).query)["nonce"], CLIENT_SECRET]
    assert not [secret for secret in secrets if secret in str(written)]


FORGERIES: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "somebody else"},
    "a second audience and no party": {"aud": [CLIENT_ID, "somebody else"]},
    "another party": {"aud": [CLIENT_ID, "somebody else"], "azp": "somebody else"},
    "another issuer": {"iss": "https://evil.example"},
    "another nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "too old": {"exp": int(time.time()) - 3600},
    "never ends": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 3600},
    "from the future": {"iat": int(time.time()) + 3600},
    "nobody": {"sub": ""},
    "a person that is a number": {"sub": 7},
    "another access token": {"at_hash": "b3RoZXI"},
}


@pytest.mark.parametrize("what", FORGERIES)
async def test_an_id_token_that_does_not_hold_lets_nobody_in(
    what: str, sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        provider.changes = FORGERIES[what]
        await refused(browser, "did not confirm who you are")
        assert (await entries(stage.database))[-1][0::2] == (
            "oidc_refused",
            {"wrong": "not vouched for", "provider": provider.issuer},
        )


async def refused(browser: httpx.AsyncClient, because: str, status: int = 403) -> None:
    """The page says why, offers to begin again, and there is no session."""
    page = await come_in(browser)
    assert page.status_code == status
    assert because in page.text
    assert PATH in page.text
    assert (await browser.get("/inbox")).status_code == 303, "no session"


def signatures(provider: FakeProvider) -> dict[str, Callable[[dict[str, Any]], str]]:
    public = provider.keys.public_text("RS256")
    return {
        "none": unsigned,
        "none with a signature": lambda claims: unsigned(claims) + "AAAA",
        "the public key as a secret": lambda claims: with_secret(claims, public),
        "the client's secret": lambda claims: with_secret(claims, CLIENT_SECRET.encode()),
        "another key under its name": lambda claims: other_key(claims, provider),
        "altered": lambda claims: altered(provider.keys.signed(claims, "RS256")),
        "no token": lambda _claims: "",
    }


def other_key(claims: dict[str, Any], provider: FakeProvider) -> str:
    mine = Keys()
    mine.rotate("RS256")
    return mine.signed(claims, "RS256", {"kid": provider.keys.published()[1]["kid"]})


def altered(token: str) -> str:
    header, _claims, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False}) | {"sub": "eve"}
    return f"{header}.{jwt.encode(claims, 'x' * 32).split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    "kind",
    [
        "none",
        "none with a signature",
        "the public key as a secret",
        "the client's secret",
        "another key under its name",
        "altered",
        "no token",
    ],
)
async def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    kind: str, sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        provider.forge = signatures(provider)[kind]
        await refused(browser, "did not confirm who you are")


async def test_new_keys_of_the_provider_are_taken_up_and_old_ones_kept(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    for _ in range(2):
        assert (await come_in(browser)).status_code == 303
    assert provider.asked.count("/keys") == 1, "they are fetched when they are needed"
    provider.keys.rotate("RS256")
    assert (await come_in(browser)).status_code == 303
    assert provider.asked.count("/keys") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize("wrong", ["no cookie", "another state", "no state", "another browser's", "twice"])
async def test_an_answer_to_no_sign_in_of_this_browser_is_not_taken(
    wrong: str, sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        back = await from_provider(await to_provider(browser))
        if wrong == "no cookie":
            browser.cookies.clear()
        elif wrong == "another browser's":
            browser.cookies.clear()
            await to_provider(browser)
        elif wrong == "twice":
            assert (await browser.get(back)).status_code == 303
            browser.cookies.clear()
        else:
            back = back.replace("state=", "state=x" if wrong == "another state" else "nostate=")
        page = await browser.get(back)
        assert page.status_code == 400
        assert "Begin again" in page.text
        assert (await browser.get("/inbox")).status_code == 303


async def test_a_sign_in_that_took_too_long_is_begun_again(
    stage: Stage, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await added(stage.database, EMAIL)
    back = await from_provider(await to_provider(browser))
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    assert (await browser.get(back)).status_code == 400


async def test_an_answer_of_another_provider_is_not_taken(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    back = (await from_provider(await to_provider(browser))).partition("&iss=")[0]
    page = await browser.get(f"{back}&iss=https%3A%2F%2Fevil.example")
    assert page.status_code == 403
    assert "/token" not in provider.asked


async def test_who_breaks_off_at_the_provider_reads_that(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    provider.refuses = "access_denied"
    await refused(browser, "was broken off")
    provider.refuses = "server_error"
    await refused(browser, "did not confirm who you are")


WRONG_DOCUMENTS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no endpoints": {"authorization_endpoint": None},
    "a token endpoint without TLS": {"token_endpoint": "ftp://evil.example"},
}


@pytest.mark.parametrize("trouble", ["down", "hangs", *WRONG_DOCUMENTS])
async def test_a_provider_that_cannot_be_asked_leaves_the_password(
    trouble: str, sqlite_database: Database, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc_provider, "WITHIN_S", 0.2)
    provider.is_down, provider.hangs = trouble == "down", trouble == "hangs"
    provider.document_changes = WRONG_DOCUMENTS.get(trouble, {})
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        page = await browser.get(PATH)
        assert page.status_code == 503
        assert "sign in with your password" in page.text
        assert (await sign_in(browser, EMAIL)).status_code == 303
        provider.is_down = provider.hangs = False
        provider.document_changes = {}
        monkeypatch.undo()
        assert (await come_in(browser)).status_code == 303, "it is asked again"


async def test_a_provider_that_goes_down_halfway_is_said_to_be_down(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    back = await from_provider(await to_provider(browser))
    provider.is_down = True
    page = await browser.get(back)
    assert (page.status_code, "cannot be reached" in page.text) == (503, True)


async def test_an_address_that_is_kept_out_of_the_token_is_asked_for(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    provider.email_in_token = False
    assert (await come_in(browser)).status_code == 303
    assert provider.asked[-1] == "/userinfo"


@pytest.mark.parametrize("verified", [False, None, "false", "yes"])
async def test_an_address_that_is_not_vouched_for_is_nobodys(
    verified: object, sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        provider.changes = {"email_verified": verified}
        await refused(browser, "does not confirm your e-mail address")


async def test_nobody_new_is_let_in_unless_the_setting_says_so(stage: Stage, browser: httpx.AsyncClient) -> None:
    await added(stage.database)
    await refused(browser, "An administrator can add you")
    assert await role_of(stage.database) is None


@pytest.mark.parametrize(
    ("groups", "role"),
    [([], "operator"), (["writers", "others"], "knowledge_editor"), (["writers", "support leads"], "admin")],
)
async def test_somebody_new_gets_the_role_of_their_groups(
    groups: list[str], role: str, sqlite_database: Database, provider: FakeProvider
) -> None:
    provider.person = {**ANNA, "groups": groups}
    async with standing(sqlite_database, provider, NEW) as (stage, browser):
        await added(stage.database, "first")
        assert (await come_in(browser)).status_code == 303
        assert await role_of(stage.database) == role
        added_by = [entry for entry in await entries(stage.database) if entry[0] == "operator_added"][-1]
        assert added_by[1:] == (provider.issuer, {"login": EMAIL, "role": role})
        profile = await browser.get(PROFILE)
        assert "Anna Petrova" in profile.text
        assert "have no password here" in profile.text
        assert (await sign_in(browser, EMAIL, "")).status_code == 401
        assert (await sign_in(browser, EMAIL)).status_code == 401


async def test_of_two_first_sign_ins_at_once_one_operator_comes(database: Database, provider: FakeProvider) -> None:
    import asyncio

    async with (
        standing(database, provider, NEW) as (stage, browser),
        stage.client(peer="203.0.113.8", origin=ORIGIN) as other,
    ):
        await added(database, "first")
        backs = [await from_provider(await to_provider(one)) for one in (browser, other)]
        done = await asyncio.gather(browser.get(backs[0]), other.get(backs[1]))
        assert [one.status_code for one in done] == [303, 303]
        assert [entry[0] for entry in await entries(database)].count("operator_added") == 2


async def test_a_domain_that_is_not_let_in_is_told_so_also_who_was_let_in_before(
    sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        assert (await come_in(browser)).status_code == 303
    for domains in (("other.example",), ("xample.com",), ("sub.example.com",)):
        async with standing(sqlite_database, provider, Admission(domains)) as (_, browser):
            await refused(browser, "not of a domain that is let in")


async def test_groups_alone_decide_where_there_is_no_default(sqlite_database: Database, provider: FakeProvider) -> None:
    admission = Admission(takes_new=True, default_role=None, roles={"support": "operator"})
    async with standing(sqlite_database, provider, admission) as (stage, browser):
        await added(stage.database, "first")
        await refused(browser, "There is no account here")
        provider.person = {**ANNA, "groups": "support"}
        assert (await come_in(browser)).status_code == 303


async def test_a_person_stays_who_they_are_when_their_address_changes(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    assert (await come_in(browser)).status_code == 303
    provider.person = {**ANNA, "email": "anna.ivanova@example.com"}
    assert (await come_in(browser)).status_code == 303
    assert EMAIL in (await browser.get(PROFILE)).text


async def test_who_gets_an_address_that_was_somebodys_does_not_get_their_account(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    assert (await come_in(browser)).status_code == 303
    browser.cookies.clear()
    provider.person = {**ANNA, "sub": "eve-2"}
    await refused(browser, "belongs to another account")


async def test_whoever_was_closed_out_is_not_let_in_and_their_sessions_have_ended(
    stage: Stage, browser: httpx.AsyncClient
) -> None:
    await added(stage.database)
    operator_id = await added(stage.database, EMAIL, "operator")
    assert (await come_in(browser)).status_code == 303
    await OperatorService(stage.database).disable(COMMAND, operator_id)
    assert (await browser.get("/inbox")).status_code == 303, "from the next request on"
    browser.cookies.clear()
    await refused(browser, "was closed")
    assert (await entries(stage.database))[-1] == (
        "oidc_refused",
        EMAIL.title(),
        {"wrong": "disabled", "provider": (await entries(stage.database))[-1][2]["provider"]},
    )


async def linking(browser: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    """Press the button in the profile."""
    token = page_token((await browser.get("/inbox")).text)
    return await browser.post(f"{PROFILE}/provider", data={"csrf": token, "password": password})


async def linked(browser: httpx.AsyncClient) -> httpx.Response:
    """The whole way; the page that one comes back to."""
    page = (await linking(browser)).text
    address = html.unescape(page.partition('button--main" href="')[2].partition('"')[0])
    back = await browser.get(await from_provider(address))
    assert back.status_code == 303
    return await browser.get(back.headers["location"])


async def test_who_has_another_login_links_it_once_and_comes_in_from_then_on(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    provider.person = {"sub": "anna-1", "name": "Anna"}
    await added(stage.database, "anna")
    await refused(browser, "does not confirm your e-mail address")
    await sign_in(browser, "anna")
    assert "Link Example ID" in (await browser.get(PROFILE)).text
    done = await linked(browser)
    assert ("you can sign in that way too" in done.text, "You can sign in with Example ID" in done.text) == (True, True)
    entry = [entry for entry in await entries(stage.database) if entry[0] == "operator_bound"]
    assert entry == [("operator_bound", "Anna", {"provider": provider.issuer})]
    browser.cookies.clear()
    assert (await come_in(browser)).status_code == 303
    assert "anna" in (await browser.get(PROFILE)).text
    assert (await sign_in(browser, "anna")).status_code == 303, "the password keeps working"


async def test_linking_needs_the_password_and_a_provider_that_answers(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, "anna")
    await sign_in(browser, "anna")
    wrong = await linking(browser, "another password")
    assert (wrong.status_code, "not right" in wrong.text) == (422, True)
    assert COOKIE not in wrong.headers.get("set-cookie", "")
    provider.is_down = True
    away = await linking(browser)
    assert (away.status_code, "cannot be reached" in away.text) == (503, True)
    assert "/token" not in provider.asked


async def test_one_person_there_is_one_operator_here(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, "anna")
    await added(stage.database, "boris", "operator")
    await sign_in(browser, "anna")
    await linked(browser)
    provider.person = {**ANNA, "sub": "anna-2"}
    assert "linked to another account" in (await linked(browser)).text
    provider.person = dict(ANNA)
    await sign_in(browser, "boris")
    assert "belongs to somebody else" in (await linked(browser)).text
    wrong = [entry[2]["wrong"] for entry in await entries(stage.database) if entry[0] == "oidc_refused"]
    assert wrong == ["linked_to_another", "linked_elsewhere"]


async def test_nobody_is_linked_whom_the_provider_or_the_settings_refuse(
    sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider, Admission(("other.example",))) as (stage, browser):
        operator_id = await added(stage.database, "anna")
        await added(stage.database, "root")
        await sign_in(browser, "anna")
        assert "not of a domain" in (await linked(browser)).text
        provider.refuses = "access_denied"
        assert "was broken off" in (await linked(browser)).text
        provider.refuses = ""
        provider.changes = {"nonce": "another"}
        assert "did not confirm who you are" in (await linked(browser)).text
        provider.changes = {}
        page = (await linking(browser)).text
        back = await from_provider(html.unescape(page.partition('button--main" href="')[2].partition('"')[0]))
        await OperatorService(stage.database).disable(COMMAND, operator_id)
        assert (await browser.get(back)).headers["location"] == f"{PROFILE}?refused=disabled"
        assert not [entry for entry in await entries(stage.database) if entry[0] == "operator_bound"]


async def test_codes_of_an_app_are_asked_for_all_the_same(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    operator_id = await added(stage.database, EMAIL)
    secret = pyotp.random_base32()
    sealed = Seal(SIGNING_KEY).sealed(secret, operator_id)

    async def work(tx: Transaction) -> None:
        await tx.execute(update(operators).where(operators.c.id == operator_id).values(totp_secret=sealed))

    await stage.database.write(work)
    page = await come_in(browser)
    assert (page.status_code, "One more step" in page.text) == (200, True)
    assert (await browser.get("/inbox")).status_code == 303
    pending = page.text.partition('name="pending" value="')[2].partition('"')[0]
    fields = {"pending": pending, "code": pyotp.TOTP(secret).now(), "next": "/inbox"}
    assert (await browser.post(f"{SIGN_IN}/code", data=fields)).status_code == 303
    assert (await browser.get("/inbox")).status_code == 200
    assert (await left_there(await leave(browser))).headers["location"] == SIGNED_OUT
    assert provider.signed_out == ["?"], "the token was not kept while the code was asked for"


async def test_such_a_session_is_renewed_as_any_other(stage: Stage, browser: httpx.AsyncClient) -> None:
    await added(stage.database, EMAIL)
    await come_in(browser)
    assert COOKIE not in browser.cookies, "what was kept for the way there is gone"
    assert (await browser.post(f"{SIGN_IN}/renew", headers={"accept": "*/*"})).status_code == 200
    assert (await browser.get("/inbox")).status_code == 200


async def leave(browser: httpx.AsyncClient) -> httpx.Response:
    """Press the button; whatever comes of it, there is no session any more."""
    token = page_token((await browser.get("/inbox")).text)
    left = await browser.post("/inbox/sign-out", data={"csrf": token}, headers=BROWSER)
    assert (await browser.get("/inbox")).status_code == 303
    return left


async def left_there(page: httpx.Response) -> httpx.Response:
    """Go on to the provider, as a browser does by itself; what it answers."""
    assert page.status_code == 200, page.text
    address = html.unescape(page.text.partition('content="0; url=')[2].partition('"')[0])
    assert f'href="{html.escape(address)}"' in page.text, "the button leads to the same place"
    async with httpx.AsyncClient() as there:
        return await there.get(address)


async def test_who_signs_out_is_signed_out_at_the_provider_too_and_comes_back(
    database: Database, provider: FakeProvider
) -> None:
    async with standing(database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        await come_in(browser)
        page = await leave(browser)
        back = await left_there(page)
        assert (back.status_code, back.headers["location"]) == (303, SIGNED_OUT)
        assert provider.signed_out == ["anna-1"]
        kept = await database.read(lambda connection: connection.execute(select(sessions.c.id_token)))
        assert kept.scalars().all() == [None], "nothing of the provider's is kept longer than it is needed"


async def test_without_an_address_to_come_back_to_the_providers_own_page_is_the_last(
    sqlite_database: Database, provider: FakeProvider
) -> None:
    chosen = known_as(provider, Admission(), signed_out_url="")
    async with staged(sqlite_database, sign_in_with=chosen) as stage, stage.client(origin=ORIGIN) as browser:
        browser.headers["accept"] = "text/html"
        await added(stage.database, EMAIL)
        await come_in(browser)
        assert (await left_there(await leave(browser))).status_code == 200
        assert provider.signed_out == ["anna-1"]


async def test_a_session_that_began_with_a_password_is_ended_here_alone(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    await sign_in(browser, EMAIL)
    left = await leave(browser)
    assert (left.status_code, left.headers["location"], provider.asked) == (303, SIGN_IN, [])


async def test_a_program_signs_out_and_is_led_nowhere(stage: Stage, browser: httpx.AsyncClient) -> None:
    await added(stage.database, EMAIL)
    await come_in(browser)
    token = page_token((await browser.get("/inbox")).text)
    left = await browser.post("/inbox/sign-out", headers={"Accept": "*/*", "X-CSRF-Token": token})
    assert (left.status_code, left.json()) == (200, {"ok": True})


@pytest.mark.parametrize("page", [None, "javascript:alert(1)", "ftp://id.example/out"])
async def test_a_provider_without_a_page_to_sign_out_on_is_not_bothered(
    page: str | None, sqlite_database: Database, provider: FakeProvider
) -> None:
    provider.document_changes = {"end_session_endpoint": page}
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        assert (await come_in(browser)).status_code == 303
        assert (await leave(browser)).headers["location"] == SIGN_IN


async def test_a_provider_that_is_away_keeps_nobody_signed_in_here(
    sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        await come_in(browser)
    provider.is_down = True
    chosen = known_as(provider, Admission())  # which has asked it nothing yet
    async with staged(sqlite_database, sign_in_with=chosen) as later, later.client(origin=ORIGIN) as other:
        other.cookies, other.headers["accept"] = browser.cookies, "text/html"
        with capture_logs() as written:
            assert (await leave(other)).headers["location"] == SIGN_IN
    assert [line["event"] for line in written if "issuer" in line] == [
        "The OpenID provider cannot be asked; somebody was signed out here alone"
    ]


async def test_an_id_token_too_long_for_an_address_is_left_out(
    stage: Stage, browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await added(stage.database, EMAIL)
    provider.changes = {"groups": [f"group {number}" for number in range(500)]}
    await come_in(browser)
    assert (await left_there(await leave(browser))).headers["location"] == SIGNED_OUT
    assert provider.signed_out == ["?"], "the provider asks whether that is meant"


async def test_before_set_up_the_provider_makes_no_administrator(
    sqlite_database: Database, provider: FakeProvider
) -> None:
    async with standing(sqlite_database, provider, NEW) as (_, browser):
        led = await browser.get(PATH)
        assert led.headers["location"] == "/inbox/set-up"


async def test_answers_without_end_are_slowed_down(sqlite_database: Database, provider: FakeProvider) -> None:
    async with standing(sqlite_database, provider) as (stage, browser):
        await added(stage.database, EMAIL)
        provider.changes = {"nonce": "another"}
        for number in range(throttle.OF_ADDRESS_MOST - 1):
            await stage.database.write(partial(throttle.count, tried=throttle.attempt(str(number), "203.0.113.7")))
        assert [(await come_in(browser)).status_code for _ in range(2)] == [403, 429]
        assert (await sign_in(browser, EMAIL, PASSWORD)).status_code == 429
