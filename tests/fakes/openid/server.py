"""The provider over HTTP on loopback: discovery, keys, authorization, token, user info and signing out."""

import asyncio
import base64
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import unquote_plus, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.openid.signing import Keys, challenge_of, half_hash
from tests.fakes.serving import LoopbackServer

CLIENT_ID, CLIENT_SECRET = "the inbox", "s3cret: of the inbox/+%"
EMAIL = "anna@example.com"
ANNA: Final[Mapping[str, Any]] = {"sub": "anna-1", "email": EMAIL, "email_verified": True, "name": "Anna Petrova"}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
Forge = Callable[[dict[str, Any]], str]


@dataclass
class _Code:
    """An authorization code that was given out."""

    person: dict[str, Any]
    nonce: str
    challenge: str
    redirect_url: str


@dataclass
class FakeProvider:
    """One issuer with one registered client; whoever comes is `person`, who agrees at once."""

    redirect_url: str
    signed_out_url: str = ""
    """The one registered address to go back to after signing out."""
    keys: Keys = field(default_factory=Keys)
    person: dict[str, Any] = field(default_factory=lambda: dict(ANNA))
    algorithm: str = "RS256"
    changes: dict[str, Any] = field(default_factory=dict)
    """Claims of the ID token that are to be others."""
    forge: Forge | None = None
    """Makes the ID token in the provider's place."""
    document_changes: dict[str, Any] = field(default_factory=dict)
    refuses: str = ""
    """The error that the authorization endpoint sends back."""
    is_down: bool = False
    hangs: bool = False
    email_in_token: bool = True
    refused_requests: list[str] = field(default_factory=list)
    """What the client did wrong; nothing, if it is right."""
    asked: list[str] = field(default_factory=list)
    """Paths, in order."""
    signed_out: list[str] = field(default_factory=list)
    """Who was signed out here, by `sub`; `?` is who would be asked whether they mean it."""

    def __post_init__(self) -> None:
        get, post = ["GET"], ["POST"]
        routes = [
            Route("/.well-known/openid-configuration", self._document, methods=get),
            Route("/keys", self._keys, methods=get),
            Route("/authorize", self._authorize, methods=get),
            Route("/token", self._token, methods=post),
            Route("/userinfo", self._userinfo, methods=get),
            Route("/sign-out", self._sign_out, methods=get),
        ]
        self._codes: dict[str, _Code] = {}
        self._people: dict[str, dict[str, Any]] = {}
        self._given: dict[str, str] = {}
        self._server = LoopbackServer(Starlette(routes=routes))
        self.issuer = self._server.url

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    async def _document(self, request: Request) -> Response:
        names = {name: f"{self.issuer}/{path}" for name, path in _ENDPOINTS.items()}
        about = {
            "issuer": self.issuer,
            **names,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }
        return await self._answer(request, {**about, **self.document_changes})

    async def _keys(self, request: Request) -> Response:
        return await self._answer(request, {"keys": self.keys.published()})

    async def _authorize(self, request: Request) -> Response:
        given = request.query_params
        wrong = self._wrong_in(given)
        if wrong:
            return self._refused(f"authorize: {wrong}")
        if self.refuses:
            back = {"error": self.refuses, "state": given["state"], "iss": self.issuer}
        else:
            code = secrets.token_urlsafe(24)
            self._codes[code] = _Code(self.person, given["nonce"], given["code_challenge"], given["redirect_uri"])
            back = {"code": code, "state": given["state"], "iss": self.issuer}
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode(back)}", 303)

    def _wrong_in(self, given: Any) -> str:
        expected = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self.redirect_url,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in expected.items() if given.getlist(name) != [value]]
        wrong += [name for name in ("state", "nonce") if len(given.get(name, "")) < 32]
        wrong += [] if "openid" in given.get("scope", "").split() else ["scope"]
        wrong += [] if _CHALLENGE.fullmatch(given.get("code_challenge", "")) else ["code_challenge"]
        wrong += [name for name in ("client_secret", "code_verifier") if name in given]
        return ", ".join(wrong)

    async def _token(self, request: Request) -> Response:
        if request.url.query or not self._is_our_client(request.headers.get("authorization", "")):
            return self._refused("token: not the client", "invalid_client", 401)
        form = await request.form()
        code = self._codes.pop(str(form.get("code")), None)
        right = (
            code is not None
            and form.get("grant_type") == "authorization_code"
            and form.get("redirect_uri") == code.redirect_url
            and challenge_of(str(form.get("code_verifier"))) == code.challenge
        )
        if code is None or not right:
            return self._refused("token: not the code, its address or its verifier", "invalid_grant")
        access = secrets.token_urlsafe(24)
        self._people[access] = code.person
        vouched = self._id(code, access)
        self._given[vouched] = code.person["sub"]
        token = {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": vouched}
        return await self._answer(request, token)

    def _id(self, code: _Code, access: str) -> str:
        now = int(time.time())
        kept = code.person if self.email_in_token else {"sub": code.person["sub"]}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": code.nonce,
            "at_hash": half_hash(access),
            **kept,
            **self.changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.forge(claims) if self.forge else self.keys.signed(claims, self.algorithm)

    async def _userinfo(self, request: Request) -> Response:
        person = self._people.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return (
            self._refused("userinfo", "invalid_token", 401) if person is None else await self._answer(request, person)
        )

    async def _sign_out(self, request: Request) -> Response:
        """RP-Initiated Logout 1.0: the hint is a token of ours, and the address one that is registered."""
        given = request.query_params
        hint, back = given.get("id_token_hint"), given.get("post_logout_redirect_uri")
        if given.get("client_id") != CLIENT_ID or (hint is not None and hint not in self._given):
            return self._refused("sign-out: not the client, or not a token of ours")
        if back is not None and back != self.signed_out_url:
            return self._refused("sign-out: not a registered address")
        self.signed_out.append("?" if hint is None else self._given[hint])
        if back is None:
            return await self._answer(request, {"signed out": True})
        return RedirectResponse(back, 303)

    @staticmethod
    def _is_our_client(header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        return scheme == "Basic" and (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)

    def _refused(self, what: str, error: str = "invalid_request", status: int = 400) -> Response:
        self.refused_requests.append(what)
        return JSONResponse({"error": error, "error_description": what}, status)

    async def _answer(self, request: Request, body: dict[str, Any]) -> Response:
        self.asked.append(request.url.path)
        if self.hangs:
            await asyncio.sleep(3600)
        return JSONResponse({"error": "server_error"}, 503) if self.is_down else JSONResponse(body)


_ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "jwks_uri": "keys",
    "userinfo_endpoint": "userinfo",
    "end_session_endpoint": "sign-out",
}
