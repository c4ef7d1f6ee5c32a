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


def _number_or_off(_context: click.Context, _option: click.Parameter, value: str | None) -> int | str | None:
    """A whole number, or the word that a setting is off; the word stays one, for what is left out is None."""
    return value if value in (None, rule_settings.OFF) else int(click.INT(value))


def settings(command: Callable[..., None]) -> Callable[..., None]:
    """The options of the settings; what is left out stays as it is."""
    for name, (least, most) in reversed(rule_settings.MAY_BE_OFF.items()):
        told = f"{rule_settings.LABELS[name]}, {least} to {most}, or {rule_settings.OFF}"
        command = click.option(_option(name), name, metavar="NUMBER", callback=_number_or_off, help=told)(command)
    for name, choices in reversed(rule_settings.CHOICES.items()):
        command = click.option(f"--{name}", type=click.Choice(list(choices)), help=rule_settings.LABELS[name])(command)
    for name, (least, most) in reversed(rule_settings.BOUNDS.items()):
        told = f"{rule_settings.LABELS[name]}, {least} to {most}"
        command = click.option(_option(name), name, type=int, help=told)(command)
    return command


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _typed(given: dict[str, Any]) -> Rules:
    typed: dict[str, Any] = {
        name: None if value == rule_settings.OFF else value for name, value in given.items() if value is not None
    }
    return replace(versions.newest().rules, **typed)


@rules.command("show")
@only_reads
def show() -> None:
    """Print the rules that are valid now."""
    _show(versions.present())


def _show(shown: Rules) -> None:
    click.echo(f"version\t{shown.version}")
    for name in rule_settings.LABELS:
        click.echo(f"{name}\t{_plain(shown, name)}")


def _plain(shown: Rules, name: str) -> str:
    given = getattr(shown, name)
    return rule_settings.OFF if given is None else str(given)


@rules.command("history")
@only_reads
def history() -> None:
    """Print every version, the newest first: number, valid from, settings, who saved it, reason."""
    for row in versions.listing():
        told = [_plain(row.rules, name) for name in rule_settings.LABELS]
        reason = " ".join(row.reason.split())
        click.echo("\t".join([str(row.number), f"{row.valid_from:%Y-%m-%dT%H:%M:%SZ}", *told, row.by or "-", reason]))


@rules.command("simulate")
@settings
@only_reads
def simulate(**given: Any) -> None:
    """Print which past decisions would change under these rules; writes nothing.

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
