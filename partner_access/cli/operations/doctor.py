"""`flask doctor`: whether what the portal stands on is well, one line each."""

from __future__ import annotations

import click
from flask import current_app

from partner_access.cli.unit import with_database
from partner_access.mail import delivery, lines


@click.command("doctor")
@with_database
def doctor() -> None:
    """Say whether the database and the mail server are well, one line each; status 1 when one is not."""
    click.echo("ok: The database answers, and is of this version.")
    fault = _mail_fault()
    if fault:
        raise click.ClickException(fault)
    where = "{MAIL_SERVER}:{MAIL_PORT}".format_map(current_app.config)
    told = f"The mail server {where} takes the portal’s mails." if current_app.config["MAIL_SERVER"] else KEPT
    click.echo(f"ok: {told}")


KEPT = "There is no mail server: the demo keeps its mails at /demo/mail."


def _mail_fault() -> str:
    """What keeps mails from being sent, in a sentence, or ''."""
    if not current_app.config["MAIL_SERVER"]:
        return ""
    try:
        delivery.check()
    except lines.SettingIsWrong as error:
        return f"{error}"
    except OSError as error:
        return f"No mail is sent: the mail server does not answer ({error}). Check MAIL_SERVER and MAIL_PORT."
    return ""
