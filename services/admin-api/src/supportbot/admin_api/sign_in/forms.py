"""The forms of signing in, and what follows when somebody has."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.recognising import address_of
from supportbot.admin_api.page_route import to_page
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering, remember_language
from supportbot.admin_api.sign_in.cookies import keep
from supportbot.admin_api.sign_in.service import Browser, Grant


@dataclass(frozen=True, slots=True)
class SignInForms:
    """Shown by every way in, so that whoever is refused in one can take another."""

    rendering: Rendering
    provider: str = ""
    """What people call the provider that they may sign in with; empty: there is none."""

    def form(self, request: Request, after: str, login: str = "", refusal: Refusal = NOTHING) -> Response:
        """Login and password, and the way to the provider."""
        values = {"after": after, "login": login, "provider": self.provider}
        return self.rendering.page(request, "sign_in.html", refusal, **values)

    def code_form(self, request: Request, after: str, pending: str, refusal: Refusal = NOTHING) -> Response:
        """The code from an app."""
        return self.rendering.page(request, "sign_in_code.html", refusal, after=after, pending=pending)

    def signed_out(self, request: Request, url: str) -> Response:
        """A page that leads on to where the provider ends its own session: a form itself must lead nowhere else."""
        return self.rendering.page(request, "signed_out.html", NOTHING, url=url, provider=self.provider)


def signed_in(request: Request, after: str, grant: Grant) -> Response:
    """On to where somebody wanted to go, in their language."""
    answer = to_page(after)
    keep(request, answer, grant)
    if grant.language:
        remember_language(answer, grant.language)
    return answer


def browser_of(request: Request) -> Browser:
    """From where somebody signs in."""
    return Browser(address_of(request), request.headers.get("user-agent", ""))
