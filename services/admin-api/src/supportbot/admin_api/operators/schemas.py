"""Operators as programs read and change them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from supportbot.admin_api.access.roles import Role


class OperatorBody(BaseModel):
    """A person who signs in."""

    id: UUID
    login: str
    name: str
    role: Role
    language: str = Field(description="Empty: as the browser prefers")
    has_code: bool = Field(description="Whether signing in needs a code from an app")
    disabled: bool
    created_at: datetime


class OperatorList(BaseModel):
    """Everybody, by name."""

    operators: list[OperatorBody]


class OperatorToAdd(BaseModel):
    """Somebody new. What is not named here cannot be set."""

    model_config = ConfigDict(extra="forbid")
    login: str = Field(min_length=1, max_length=80)
    name: str = Field(min_length=1, max_length=80)
    role: Role = "operator"


class OperatorAdded(OperatorBody):
    """Somebody new, with the password to hand over."""

    password: str = Field(description="It cannot be read again")


class OperatorChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, min_length=1, max_length=80)
    role: Role | None = None
    disabled: bool | None = None
