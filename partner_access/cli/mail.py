"""`flask mail`: what a mail server tells the portal."""

from __future__ import annotations

import email
import email.policy
import sys

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.mail import undelivered

mail = AppGroup("mail", help="What a mail server tells the portal.")


@mail.command("bounced")
@click.option("--to", "recipient", default="", help="The address that the message came to, if the server says so.")
@one_transaction
def bounced(recipient: str) -> None:
    """Read one message that came to MAIL_BOUNCES from standard input; what could not be delivered is marked so.

    Let the mail server pipe them here. In Postfix: `bounces: "|/path/to/.venv/bin/flask --app wsgi mail bounced"`.
    """
    message = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
    click.echo(undelivered.take_bounce(message, recipient))
