"""`supportbot webhook`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportbot.common.errors import SupportbotError
from supportbot.common.settings import SettingsError
from supportbot.gateway.settings import BotAccount
from supportbot.standalone.joining import load_joined
from supportbot.standalone.settings import StandaloneSettings

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot

webhook = typer.Typer(
    help="How Telegram delivers updates: look at it, or move it to this server.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a bot and line.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]


@webhook.command()
def info(*, as_json: AsJson = False) -> None:
    """Show what Telegram says of each bot's webhook. Ends with exit code 5 where its last delivery failed."""
    settings = _settings()
    reports = [asyncio.run(_report(settings, account)) for account in settings.bots]
    for report in reports:
        if as_json:
            print(json.dumps(report))
        else:
            print(f"bot {report['bot']}: {report['url'] or 'no webhook, updates are fetched'}")
            print(f"  waiting {report['pending']}, last error: {report['error'] or 'none'}")
    if any(report["error"] for report in reports):
        raise typer.Exit(5)


@webhook.command("set")
def set_(
    url: Annotated[str, typer.Argument(help="Public https address; WEBHOOK_URL, if not given.")] = "",
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have Telegram deliver to this server, under the secrets that its gateways know. A start does the same."""
    settings = _settings(**({"webhook_url": url} if url else {}))
    if not settings.webhook_url:
        raise SettingsError(["WEBHOOK_URL: is missing; set it, or name the address"])
    _confirm(f"Deliver updates of {_names(settings)} to {settings.webhook_address}?", yes=yes or dry_run)
    for account in settings.bots:
        if not dry_run:
            asyncio.run(_set(settings, account))
        _tell(account, settings.webhook_address, changed=not dry_run, as_json=as_json)


@webhook.command()
def delete(*, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Have Telegram deliver nowhere; what waits there is kept. Gateways with WEBHOOK_URL set it again."""
    settings = _settings()
    _confirm(f"Delete the webhook of {_names(settings)}?", yes=yes or dry_run)
    for account in settings.bots:
        if not dry_run:
            asyncio.run(_delete(settings, account))
        _tell(account, "", changed=not dry_run, as_json=as_json)


def _settings(**changes: str) -> StandaloneSettings:
    settings = load_joined(StandaloneSettings)
    if not settings.bots:
        raise SettingsError(["TELEGRAM_BOT_TOKEN: is missing; set it to the bot's token"])
    if not changes:
        return settings
    changed = settings.model_copy(update=changes)
    if problems := changed.problems():
        raise SettingsError(problems)
    return changed


def _names(settings: StandaloneSettings) -> str:
    return "bot " + ", ".join(account.bot for account in settings.bots)


def _confirm(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True)


def _tell(account: BotAccount, url: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"bot": account.bot, "url": url, "changed": changed}))
    else:
        print(f"bot {account.bot}: {url or 'no webhook'}{'' if changed else ' (nothing was changed)'}")


@asynccontextmanager
async def _opened(settings: StandaloneSettings, account: BotAccount) -> AsyncIterator["TelegramBot"]:
    from supportbot.gateway.adapters.telegram_loading import open_bot

    bot = await open_bot(account, settings.telegram_api_base)
    try:
        yield bot
    finally:
        await bot.close()


async def _report(settings: StandaloneSettings, account: BotAccount) -> dict[str, Any]:
    async with _opened(settings, account) as bot:
        return {"bot": account.bot, **asdict(await bot.webhook())}


async def _set(settings: StandaloneSettings, account: BotAccount) -> None:
    async with _opened(settings, account) as bot:
        await bot.set_webhook(settings.webhook_address, account.webhook_secret.get_secret_value())
        if (await bot.webhook()).url != settings.webhook_address:
            raise SupportbotError(f"Telegram says that bot {account.bot} has another webhook; does another server run?")


async def _delete(settings: StandaloneSettings, account: BotAccount) -> None:
    async with _opened(settings, account) as bot:
        await bot.delete_webhook()
