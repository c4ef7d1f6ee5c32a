"""`script/bench`: makes a programme of any size, and measures the portal on it."""

from __future__ import annotations

import click

from benchmarks.data import data
from benchmarks.flat import flat
from benchmarks.landing import landing


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """Make a programme of any size, and measure the portal on it."""


bench.add_command(data)
bench.add_command(flat)
bench.add_command(landing)
bench(prog_name="script/bench")
