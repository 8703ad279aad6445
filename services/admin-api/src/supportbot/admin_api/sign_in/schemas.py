"""What programs send to sign in as a person, and what they get."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Credentials(BaseModel):
    """A person's own; programs that are nobody use a key."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    login: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=256)
    code: str = Field("", max_length=8, description="From the authenticator app, where the account needs one")


class RefreshToken(BaseModel):
    """Good for one use."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    refresh_token: str = Field(min_length=1, max_length=128)


class Tokens(BaseModel):
    """An access token for the header `Authorization: Bearer`, and what brings the next one."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # no secret, a kind
    expires_in: int = Field(description="Seconds for which the access token is good")
    refresh_token: str | None = Field(
        description="For the next access token; null where this one was renewed twice at once: keep the other's"
    )


class SignedOut(BaseModel):
    """The session is over."""

    ok: Literal[True] = True
