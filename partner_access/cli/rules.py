"""`flask rules`: the versions of the rules, what other ones would have decided, and saving the next version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction, only_reads
from partner_access.clock import day
from partner_access.credit.rules import settings as rule_settings
from partner_access.credit.rules import simulation, versions
from partner_access.credit.rules.settings import Rules

rules = AppGroup("rules", help="The versions of the rules that decide who brought a client.")


def settings(command: Callable[..., None]) -> Callable[..., None]:
    """The options of the settings; what is left out stays as it is."""
    for name, choices in reversed(rule_settings.CHOICES.items()):
        command = click.option(f"--{name}", type=click.Choice(list(choices)), help=rule_settings.LABELS[name])(command)
    for name, (least, most) in reversed(rule_settings.BOUNDS.items()):
        option, told = f"--{name.replace('_', '-')}", f"{rule_settings.LABELS[name]}, {least} to {most}"
        command = click.option(option, name, type=int, help=told)(command)
    return command


def _typed(given: dict[str, Any]) -> Rules:
    return replace(versions.newest().rules, **{name: value for name, value in given.items() if value is not None})


@rules.command("show")
@only_reads
def show() -> None:
    """Print the rules that are valid now."""
    _show(versions.present())


def _show(shown: Rules) -> None:
    click.echo(f"version\t{shown.version}")
    for name in rule_settings.LABELS:
        click.echo(f"{name}\t{getattr(shown, name)}")


@rules.command("history")
@only_reads
def history() -> None:
    """Print every version, the newest first: number, valid from, settings, who saved it, reason."""
    for row in versions.listing():
        told = [f"{getattr(row.rules, name)}" for name in rule_settings.LABELS]
        reason = " ".join(row.reason.split())
        click.echo("\t".join([str(row.number), f"{row.valid_from:%Y-%m-%dT%H:%M:%SZ}", *told, row.by or "-", reason]))


@rules.command("simulate")
@settings
@only_reads
def simulate(**given: Any) -> None:
    """Print which past decisions would be others under these rules; writes nothing.

    First what was looked at and how many would flip, by kind, then the newest of them: account, site, day of the
    sign-up, from whom by what, to whom by what.
    """
    tried = _typed(given)
    for sentence in rule_settings.mistakes(tried).values():
        raise click.ClickException(sentence)
    found = simulation.simulate(tried)
    click.echo(f"accounts\t{found.seen}")
    click.echo(f"flips\t{found.total}")
    for kind in simulation.KINDS:
        click.echo(f"{kind}\t{found.counts[kind]}")
    for flip in found.flips:
        told = [flip.external_id, flip.site, day(flip.signed_up_at), _side(flip.before), _side(flip.after)]
        click.echo("\t".join(told))


def _side(side: simulation.CreditHolder) -> str:
    return f"{side.name} ({side.basis})" if side.basis else "nobody"


@rules.command("change")
@settings
@click.option("--reason", required=True, help="Why; it stays with the version.")
@one_transaction
def change(reason: str, **given: Any) -> None:
    """Save the next version of the rules, valid from now on; decisions that were made stay as they are."""
    saved = versions.change(_typed(given), reason, versions.newest().number)
    click.echo(f"version {saved.number} is valid from {saved.valid_from:%Y-%m-%dT%H:%M:%SZ} on")
