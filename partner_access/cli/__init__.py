"""The `flask` commands, each one piece of work with its own transaction."""

from __future__ import annotations

from flask import Flask

from partner_access.cli import clients, credit, demo, disputes, ledger, mail, organizations, rules, work
from partner_access.cli.integrations import tokens, webhooks
from partner_access.cli.operations import audit, doctor


def init_app(app: Flask) -> None:
    for command in (
        organizations.org,
        organizations.staff,
        organizations.application_commands,
        organizations.domains,
        organizations.providers,
        credit.site,
        credit.signups,
        credit.credit,
        clients.clients,
        disputes.dispute_commands,
        ledger.ledger,
        audit.verify,
        audit.audit,
        clients.managed,
        rules.rules,
        webhooks.webhooks,
        tokens.tokens,
        work.work,
        demo.demo,
        doctor.doctor,
        mail.mail,
    ):
        app.cli.add_command(command)
