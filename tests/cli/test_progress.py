"""Signs of life: what a command says on standard error while it works."""

from __future__ import annotations

import time

import click
from click.testing import CliRunner

from partner_access.cli import progress


@click.command()
@click.argument("seconds", type=float)
def wait(seconds: float) -> None:
    with progress.shown("wait"):
        progress.tell("3 of 5 lines")
        time.sleep(seconds)
    click.echo("done")


def test_a_command_over_a_second_says_on_standard_error_what_it_is_at() -> None:
    answer = CliRunner().invoke(wait, ["1.2"])
    assert answer.stdout == "done\n"
    assert answer.stderr == "3 of 5 lines … 1 s\n"


def test_a_shorter_one_says_nothing() -> None:
    assert CliRunner().invoke(wait, ["0"]).stderr == ""
    progress.tell("nobody asks")
