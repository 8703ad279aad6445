"""`supportbot mail`."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from supportbot.admin_api.mail.access import MailAccess, bare_address
from supportbot.admin_api.mail.letters import Letter, message_of
from supportbot.admin_api.mail.smtp import Delivery, deliver
from supportbot.admin_api.wiring.mails import writing_of
from supportbot.common.ids import uuid7
from supportbot.common.settings import SettingsError
from supportbot.standalone.joining import load_joined
from supportbot.standalone.settings import StandaloneSettings

PARTLY = 5
mail = typer.Typer(help="Mails to whoever runs the product.", no_args_is_help=True)


@mail.callback()
def mail_commands() -> None:
    """Mails to whoever runs the product."""


@mail.command("test")
def send_test(
    *,
    to: Annotated[list[str] | None, typer.Option(help="An address in place of SMTP_TO; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send a test mail now, and say what the mail server said.

    Ends with exit code 1 where nobody gets it, with 5 where somebody of SMTP_TO does not.
    """
    settings = load_joined(StandaloneSettings)
    access = settings.mail
    if access is None:
        raise SettingsError(["SMTP_HOST: is missing; set it to the mail server"])
    if any(not bare_address(one) for one in to or ()):
        raise typer.BadParameter("is no mail address", param_hint="--to")
    recipients = tuple(to or access.recipients)
    done = asyncio.run(_send(settings, access, recipients))
    missing = {**done.refused, **done.later}
    taken = [one for one in recipients if bare_address(one) not in missing]
    if as_json:
        print(
            json.dumps({"server": access.place, "encrypted": access.encrypted_by, "taken": taken, "refused": missing})
        )
    else:
        print(f"{access.place} ({access.encrypted_by}) took a test mail for {', '.join(taken)}.")
        for who, why in missing.items():
            print(f"Not for {who}: {why}")
    if missing:
        raise typer.Exit(PARTLY)


async def _send(settings: StandaloneSettings, access: MailAccess, recipients: tuple[str, ...]) -> Delivery:
    writing = writing_of(settings)
    subject, text = writing.say("mail.subject.test", name=writing.name), writing.say("mail.test")
    letter = Letter(subject, text + "\n", writing.html("mail.html", subject=subject, content=text))
    return await deliver(access, message_of(letter, uuid7(), datetime.now(UTC), access), recipients)
