"""An OpenID provider: where to send a browser, and whom the code that it comes back with stands for."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus, urlencode

from supportbot.admin_api.oidc.flow import Flow
from supportbot.admin_api.oidc.known import SIGN_OUT, Known
from supportbot.admin_api.oidc.reading import Person, RefusedTokenError, person_in, vouched_claims
from supportbot.common.errors import SupportbotError
from supportbot.common.telemetry.logging import logger

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

WITHIN_S: Final = 10.0
"""Everything that a browser waits for between its request and ours to the provider."""
HINT_CHARACTERS: Final = 4096
"""A longer ID token makes an address that servers refuse; without it the provider asks whether that is meant."""
_SCOPE: Final = "openid email profile"
_log = logger(__name__)


class ProviderUnavailableError(SupportbotError):
    """The provider does not answer, or not as a provider does."""


class NotVouchedForError(SupportbotError):
    """The provider does not stand for anybody with this code, or what it says cannot be believed."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The inbox as the provider knows it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    groups_claim: str = "groups"
    signed_out_url: str = ""
    """Where it sends browsers that were signed out there; empty: nowhere."""


class Provider:
    """Speaks OpenID Connect with one provider: authorization code, PKCE, and nothing that needs a script."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._known = Known(registration.issuer)

    @property
    def issuer(self) -> str:
        """As it names itself."""
        return self._registration.issuer

    async def address(self, flow: Flow) -> str:
        """Where to send the browser. Raises ProviderUnavailableError."""
        async with self._asking():
            document = await self._known.document()
            async with self._client(document) as client:
                url, _state = client.create_authorization_url(
                    document["authorization_endpoint"],
                    state=flow.state,
                    nonce=flow.nonce,
                    code_verifier=flow.verifier,
                )
        return str(url)

    async def person(self, code: str, flow: Flow) -> Person:
        """Raises ProviderUnavailableError, NotVouchedForError."""
        async with self._asking():
            document = await self._known.document()
            async with self._client(document) as client:
                token = await client.fetch_token(
                    document["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=flow.verifier,
                )
                claims = await self._claims(token, flow)
                claims = await self._with_more(client, document, claims)
                person = person_in(claims, self.issuer, self._registration.groups_claim)
                return replace(person, id_token=token["id_token"])

    async def sign_out_address(self, id_token: str) -> str | None:
        """Where a browser is signed out at the provider too; None where there is no such page.

        `id_token` is the one with which it was signed in, or empty. Raises ProviderUnavailableError.
        """
        async with self._asking("somebody was signed out here alone"):
            page = (await self._known.document()).get(SIGN_OUT)
        if page is None:
            return None
        back = self._registration.signed_out_url
        hint = id_token if len(id_token) <= HINT_CHARACTERS else ""
        told = {"client_id": self._registration.client_id, "id_token_hint": hint, "post_logout_redirect_uri": back}
        query = urlencode({name: value for name, value in told.items() if value})
        return f"{page}{'&' if '?' in page else '?'}{query}"

    async def _claims(self, token: Mapping[str, Any], flow: Flow) -> dict[str, Any]:
        """A key that we do not know may be a new one, so they are fetched again once."""
        from joserfc.errors import InvalidKeyIdError

        whose = (self.issuer, self._registration.client_id, flow.nonce)
        try:
            return vouched_claims(token, await self._known.keys(), *whose)
        except InvalidKeyIdError:
            return vouched_claims(token, await self._known.keys(again=True), *whose)

    async def _with_more(
        self, client: "AsyncOAuth2Client", document: Mapping[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """Providers may keep the e-mail address out of the ID token; whoever else they tell us of does not count."""
        if "email" in claims or "userinfo_endpoint" not in document:
            return claims
        answer = await client.get(document["userinfo_endpoint"])
        answer.raise_for_status()
        more = answer.json()
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise RefusedTokenError("the user info is somebody else's")
        return {**more, **claims}

    def _client(self, document: Mapping[str, Any]) -> "AsyncOAuth2Client":
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        registration = self._registration
        methods = document.get("token_endpoint_auth_methods_supported", ())
        in_form = "client_secret_post" in methods and "client_secret_basic" not in methods
        return AsyncOAuth2Client(
            registration.client_id,
            registration.client_secret,
            token_endpoint_auth_method="client_secret_post" if in_form else _basic,
            scope=_SCOPE,
            redirect_uri=registration.redirect_url,
            code_challenge_method="S256",
            follow_redirects=False,
            timeout=WITHIN_S,
        )

    @asynccontextmanager
    async def _asking(self, so: str = "nobody was signed in") -> AsyncGenerator[None]:
        """Turns whatever can go wrong between us and the provider into two errors, and says what in the log."""
        import httpx2
        from authlib.integrations.base_client import OAuthError
        from joserfc.errors import JoseError

        try:
            async with asyncio.timeout(WITHIN_S):
                yield
        except OAuthError as error:
            self._tell("refused a code", so, str(error.error))
            raise NotVouchedForError("The OpenID provider refused the code") from None
        except (JoseError, RefusedTokenError) as error:
            self._tell("sent an ID token that does not hold", so, type(error).__name__)
            raise NotVouchedForError("The OpenID provider's answer does not hold") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, LookupError, TypeError) as error:
            self._tell("cannot be asked", so, type(error).__name__)
            raise ProviderUnavailableError("The OpenID provider cannot be asked") from None

    def _tell(self, what: str, so: str, why: str) -> None:
        _log.warning(f"The OpenID provider {what}; {so}", issuer=self.issuer, why=why[:80])


def _basic(client: Any, _method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """Both encoded as in a form before they are joined (RFC 6749, 2.3.1), so that either may hold any character."""
    joined = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(joined.encode()).decode()}"
    return uri, headers, body
