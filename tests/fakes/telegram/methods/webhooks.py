"""setWebhook and what belongs to it."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.methods.polling import set_allowed_updates
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld, WebhookState

PORTS = {80, 88, 443, 8443}
SECRET = re.compile(r"[A-Za-z0-9_-]*")
MAX_SECRET = 256
MAX_CONNECTIONS = 100


async def set_webhook(world: BotWorld, params: Params) -> bool:
    url = params.text("url").strip()
    if not url:
        return await delete_webhook(world, params)
    _check_url(world, url)
    secret = params.text("secret_token")
    if len(secret) > MAX_SECRET:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = params.integer("max_connections", 40)
    set_allowed_updates(world, params)
    if params.flag("drop_pending_updates"):
        world.queue.clear()
    world.webhook = WebhookState(
        url, secret, max(1, min(connections, MAX_CONNECTIONS)), params.text("ip_address") or None
    )
    world.queue.changed.beat()
    return True


async def delete_webhook(world: BotWorld, params: Params) -> bool:
    if params.flag("drop_pending_updates"):
        world.queue.clear()
    world.webhook = WebhookState()
    world.queue.changed.beat()
    return True


async def get_webhook_info(world: BotWorld, params: Params) -> dict[str, Any]:
    hook = world.webhook
    info: dict[str, Any] = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.queue),
    }
    if hook.url:
        info |= {"max_connections": hook.max_connections, "ip_address": hook.ip_address or "127.0.0.1"}
    if hook.last_error_at is not None:
        info["last_error_date"] = int(hook.last_error_at.timestamp())
        info["last_error_message"] = hook.last_error_message
    if world.queue.allowed is not None:
        info["allowed_updates"] = sorted(world.queue.allowed)
    return info


def _check_url(world: BotWorld, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not world.insecure_webhooks):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not parts.hostname:
        raise bad_request("bad webhook: URL host is empty")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if port not in PORTS and not world.insecure_webhooks:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not _stays_here(world, parts.hostname):
        raise bad_request("bad webhook: Failed to resolve host: this server delivers to loopback only")


def _stays_here(world: BotWorld, host: str) -> bool:
    if host in world.routes or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


METHODS = {"setWebhook": set_webhook, "deleteWebhook": delete_webhook, "getWebhookInfo": get_webhook_info}
