"""The fields of a request, read once: the guard looks for the page's token in them, the route for the rest."""

from typing import Final, cast

from starlette.requests import Request

from supportbot.admin_api.problems import Problem
from supportbot.common.web.body import BodyTooLargeError, read_fields

BODY_LIMIT: Final = 128 * 1024
_FIELD: Final = "csrf"
_HEADER: Final = "x-csrf-token"


async def fields_of(request: Request) -> dict[str, str]:
    """Raises BodyTooLargeError."""
    kept = getattr(request.state, "fields", None)
    if kept is None:
        kept = request.state.fields = await read_fields(request, BODY_LIMIT)
    return cast("dict[str, str]", kept)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that is never long. Raises Problem."""
    try:
        return await fields_of(request)
    except BodyTooLargeError as error:
        raise Problem(413, "body_too_large") from error


async def token_of(request: Request) -> str:
    """The page's token, from a script's header or a form's field. Raises BodyTooLargeError."""
    return request.headers.get(_HEADER) or (await fields_of(request)).get(_FIELD, "")
