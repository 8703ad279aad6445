"""Taking a document in from a request, by a program or a page; what is wrong with it is said as a problem."""

import asyncio
from typing import Final

from starlette.requests import Request

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.documents.access import UploadQuery
from supportbot.admin_api.documents.incoming import (
    FormBody,
    MalformedBodyError,
    NotOneFileError,
    RawBody,
    incoming,
)
from supportbot.admin_api.documents.names import LONGEST, InvalidNameError, UnknownKindError
from supportbot.admin_api.documents.service import (
    DocumentService,
    EmptyDocumentError,
    OnceKey,
    ReusedKeyError,
    Uploaded,
    UploadTooSlowError,
)
from supportbot.admin_api.problems import Problem
from supportbot.common.files.kinds import DOCUMENT_ENDINGS
from supportbot.common.files.port import FileTooLargeError
from supportbot.common.web.body import BodyTooLargeError

BEGUN_WITHIN_S: Final = 60.0


async def receive(service: DocumentService, request: Request, given: UploadQuery, once: str | None = None) -> Uploaded:
    """Store what the request brings. Raises Problem."""
    limit = service.upload_limit
    caller = caller_of(request)
    try:
        body = await begun(request, limit)
        key = OnceKey(caller.id, once) if once and caller.id else None
        return await service.upload(given.name or body.name, body.content(), caller.actor, key, given.access)
    except (BodyTooLargeError, FileTooLargeError) as error:
        raise Problem(413, "too_large", limit=limit) from error
    except UploadTooSlowError as error:
        raise Problem(408, "too_slow") from error
    except MalformedBodyError as error:
        raise Problem(400, "malformed") from error
    except NotOneFileError as error:
        raise Problem(422, "one_file") from error
    except InvalidNameError as error:
        raise Problem(422, "name", longest=LONGEST) from error
    except UnknownKindError as error:
        raise Problem(415, "kind", kinds=", ".join(DOCUMENT_ENDINGS)) from error
    except EmptyDocumentError as error:
        raise Problem(422, "empty") from error
    except ReusedKeyError as error:
        raise Problem(409, "reused_key") from error


async def begun(request: Request, limit: int) -> RawBody | FormBody:
    """The upload as far as its file's beginning. Raises Problem, and what `begin` raises."""
    if getattr(request.state, "fields", None) is not None:
        raise Problem(400, "malformed")  # the body was read for the page's token, which belongs into a header here
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "encoded")
    body = incoming(request, limit)
    try:
        async with asyncio.timeout(BEGUN_WITHIN_S):
            await body.begin()
    except TimeoutError as error:
        raise UploadTooSlowError(f"No file began within {BEGUN_WITHIN_S:.0f} s") from error
    return body
