"""`flask tokens`: the keys of the API, of the programme and of organizations."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.db import acting, found, scope
from partner_access.integrations import tokens as api_tokens
from partner_access.integrations.models import ApiToken
from partner_access.organizations.directory import organizations

tokens = AppGroup("tokens", help="Tokens of the API.")


@tokens.command("create")
@click.argument("name")
@click.option("--programme", is_flag=True, help="A token of the programme.")
@click.option("--org", "slug", metavar="SLUG", help="A token of this organization.")
@click.option("--scope", "token_scope", type=click.Choice(api_tokens.SCOPES), default="write", show_default=True)
@click.option("--days", type=int, metavar="N", help="For how many days it is good; without it, until it is revoked.")
@one_transaction
def create(name: str, programme: bool, slug: str | None, token_scope: str, days: int | None) -> None:
    """Make a token and print it alone. It is shown this once; what is kept is only its fingerprint."""
    if programme == bool(slug):
        raise click.UsageError("Say --programme, or --org and the slug of one organization.")
    org = found(organizations.find(slug)) if slug else None
    with acting(scope().actor, org.id if org else None):
        click.echo(api_tokens.create(name, token_scope, days=days).secret)


@tokens.command("list")
@one_transaction
def listing() -> None:
    """Print every token, the newest first: id, whose, scope, how it begins, last used, until when, name."""
    for row in api_tokens.everybodys():
        until = "revoked" if row.revoked_at else _time(row, "expires_at")
        whose = row.org.slug if row.org else "programme"
        cells = [str(row.id), whose, row.scope, row.beginning, _time(row, "last_used_at"), until, row.name]
        click.echo("\t".join(cells))


def _time(row: ApiToken, name: str) -> str:
    at = getattr(row, name)
    return at.isoformat(timespec="seconds") if at else "-"


@tokens.command("revoke")
@click.argument("token_id", metavar="ID", type=click.UUID)
@one_transaction
def revoke(token_id: uuid.UUID) -> None:
    """End a token at once, whosever it is. Idempotent."""
    row = api_tokens.fetch_anybodys(token_id)
    with acting(scope().actor, row.org_id):
        api_tokens.revoke(row.id)
    click.echo("revoked")
