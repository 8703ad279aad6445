"""What is wrong between Telegram and us, by what Telegram says of each bot's webhook."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from supportbot.standalone.operations.finding import Finding

_NEWS_S: Final = 3600
_NOT_REACHED: Final = (
    "See that this machine may reach api.telegram.org (or TELEGRAM_API_BASE) on port 443: DNS, firewall, HTTPS_PROXY"
)
_NOT_TAKEN: Final = (
    "TELEGRAM_BOT_TOKEN is wrong or was revoked: ask @BotFather for it (/mybots, API Token), set it and restart"
)
_ANOTHER: Final = (
    "Updates come with another secret than ours: `supportbot webhook set` registers the right one. Every gateway needs "
    "the same TELEGRAM_BOT_TOKEN and TELEGRAM_WEBHOOK_SECRET"
)
_CERTIFICATE: Final = (
    "Its certificate: `openssl s_client -connect HOST:443` shows it; renew it (`certbot renew`), with its whole chain, "
    "and reload nginx"
)
_BY_WORDS: Final[Mapping[str, str]] = {
    "401": _ANOTHER,
    "Unauthorized": _ANOTHER,
    "SSL": _CERTIFICATE,
    "certificate": _CERTIFICATE,
    "404": "The proxy has to lead /webhook to the gateway: infra/nginx does",
    "403": "Something before the gateway refuses Telegram: a firewall, or a rule of the proxy",
    "502": "The proxy answers and the gateway does not: see whether it runs",
    "503": "The gateway cannot store now: see what this report says of the database",
    "504": "The proxy answers and the gateway does not: see whether it runs",
    "resolve": "The host's name is not known: see its DNS entry",
    "refused": "Nothing listens there: nginx, or the firewall's port 443",
    "timed out": "Nothing answers there: nginx, or the firewall's port 443",
}
_OTHERWISE: Final = "nginx's and the gateway's logs say what came of it. Meanwhile a gateway fetches updates"


def of_telegram(part: Mapping[str, Any]) -> Iterator[Finding]:
    """Each bot by itself."""
    for bot, said in part.items():
        if isinstance(said, Mapping):
            yield from _of_bot(bot, said)


def _of_bot(bot: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    webhook = said["webhook"]
    if not isinstance(webhook, Mapping):
        refused = said["status"] in {401, 404}
        what = "its token is not taken" if refused else "Telegram cannot be asked"
        yield Finding(f"{bot}: {what} ({said['status'] or 'no answer'}, {webhook})", _advice(said["status"]))
        return
    yield from _of_address(bot, str(webhook.get("url", "")), str(said["wanted"]))
    yield from _of_delivery(bot, webhook)


def _advice(status: int) -> str:
    if status in {401, 404}:
        return _NOT_TAKEN
    return "Try again later" if status else _NOT_REACHED


def _of_address(bot: str, url: str, wanted: str) -> Iterator[Finding]:
    if url == wanted:
        return
    if url:
        here = wanted or "this installation, which fetches them"
        yield Finding(
            f"{bot}: Telegram delivers its updates to {url}, not to {here}",
            "Another installation has the same token: stop that one, or give it a bot of its own. Then "
            f"`supportbot webhook {'set' if wanted else 'delete'}` here",
        )
    else:
        yield Finding(
            f"{bot}: WEBHOOK_URL is set, and Telegram has no webhook",
            "A gateway that runs sets it by itself, and fetches updates until then; `supportbot webhook set` does it "
            "at once, or says what Telegram has against it",
        )


def _of_delivery(bot: str, webhook: Mapping[str, Any]) -> Iterator[Finding]:
    error, moment = str(webhook.get("last_error_message", "")), int(webhook.get("last_error_date", 0))
    waiting = int(webhook.get("pending_update_count", 0))
    if not error or not webhook.get("url") or not (waiting or datetime.now(UTC).timestamp() - moment < _NEWS_S):
        return
    at = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
    advice = next((advice for words, advice in _BY_WORDS.items() if words in error), _OTHERWISE)
    yield Finding(
        f"{bot}: Telegram could not deliver to {webhook['url']} ({at}): {error}. {waiting} updates wait there", advice
    )
