"""Updates that Telegram sends to us: stored before they are acknowledged."""

import asyncio
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.web.body import BodyTooLargeError, read_body
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.update_bytes import from_bytes
from supportbot.gateway.metrics import UPDATES
from supportbot.gateway.settings import WEBHOOK_PATH
from supportbot.gateway.use_cases.intake import Intake
from supportbot.gateway.use_cases.receive_update import receive_update

BODY_LIMIT = 1024 * 1024
STORE_WITHIN_S = 1.0
SECRET_HEADER = b"x-telegram-bot-api-secret-token"  # the name of a header
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """One bot's secret, and where its updates go."""

    secret: SecretStr
    intake: Intake
    show: Callable[[FollowUp], None]


def webhook_router(targets: Sequence[WebhookTarget]) -> APIRouter:
    """The route that Telegram posts updates to; bots are told apart by their secrets."""
    router = APIRouter()

    @router.post(WEBHOOK_PATH, include_in_schema=False)
    async def webhook(request: Request) -> Response:
        """Store one update. 200: it is stored. 503: it is not, send it again."""
        target = _target(request, targets)
        if target is None:
            UPDATES.labels("unknown", "refused").inc()
            return Response(status_code=401)
        try:
            body = await read_body(request, BODY_LIMIT)
        except BodyTooLargeError:
            return Response(status_code=413)
        return await _store(target, body)

    return router


def _target(request: Request, targets: Sequence[WebhookTarget]) -> WebhookTarget | None:
    """The bot whose secret was shown. Compares hashes, and with all of them, so that time tells nothing."""
    shown = [value for name, value in request.scope["headers"] if name.lower() == SECRET_HEADER]
    given = sha256(shown[0] if len(shown) == 1 else b"").digest()
    found = None
    for target in targets:
        secret = target.secret.get_secret_value().encode()
        if hmac.compare_digest(sha256(secret).digest(), given) and secret:
            found = target
    return found


async def _store(target: WebhookTarget, body: bytes) -> Response:
    """Store within the limit. What takes longer may still be stored; it will be known when it comes again."""
    storing = asyncio.create_task(receive_update(target.intake, from_bytes(body)))
    done, _ = await asyncio.wait({storing}, timeout=STORE_WITHIN_S)
    if not done:
        storing.add_done_callback(_forget)
        return _not_stored(target, "it took too long")
    try:
        followup = storing.result()
    except DatabaseUnavailableError as error:
        return _not_stored(target, str(error))
    if followup is not None:
        target.show(followup)
    return Response(status_code=200)


def _forget(storing: asyncio.Task[FollowUp | None]) -> None:
    if not storing.cancelled():
        storing.exception()


def _not_stored(target: WebhookTarget, why: str) -> Response:
    UPDATES.labels("unknown", "not_stored").inc()
    _log.warning("An update could not be stored; Telegram will send it again", bot=target.intake.bot, error=why)
    return Response(status_code=503, headers={"Retry-After": "1"})
