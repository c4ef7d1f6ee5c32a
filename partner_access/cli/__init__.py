"""The `flask` commands, each one piece of work with its own transaction."""

from __future__ import annotations

from flask import Flask

from partner_access.cli import (
    applications,
    clients,
    credit,
    demo,
    disputes,
    domains,
    ledger,
    managed,
    organizations,
    rules,
    work,
)


def init_app(app: Flask) -> None:
    for command in (
        organizations.org, organizations.staff, applications.applications, domains.domains,
        credit.site, credit.signups, credit.credit, clients.clients, disputes.disputes, ledger.ledger, managed.managed,
        rules.rules, work.work, demo.demo,
    ):  # fmt: skip
        app.cli.add_command(command)
