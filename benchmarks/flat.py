"""`script/bench flat`: whether every page costs the same in a small organization and in a large one."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import click
from flask import Flask

from benchmarks import data, worlds
from benchmarks.gauge import Reading, Request

MOST = 1.25
"""How many times as much a page may cost in the large organization."""
MOST_SHOWN = 10
"""How many times as much it may show there, at most, and cost as much more: a full page instead of a few rows."""
LOADS_TWICE = "credit.ledger month"
"""The beginning of a page's name that may load twice as many rows for as many lines: in a large organization a page of
the ledger spans hours, and no client stands on it twice."""
FLOOR = 0.0005
"""Seconds of CPU: a page that costs less than this more is as fast, whatever the ratio says."""
STEPS_FLOOR = 3_000
"""The same in steps of SQLite's virtual machine."""
ROUNDS, AGAIN = 15, 30
GROWS = {
    "credit.activity_file": "the file has every event",
    "credit.ledger_file": "the file has every line",
    "staff.log_file": "the file has every event",
    "staff.simulate_rules window": "it replays every decision",
    "staff.clients q": "it looks for a part of a name among all accounts",
    "staff.clients state=managed": "it looks for them among the newest accounts, which nobody manages yet",
    "staff.merge_org into": "it counts the clients that two organizations have in common",
    "credit.leave": "it lists everything that the member has open",
    "credit.remove_member": "it lists everything that the member has open",
}
"""Beginning of the name of a page that may grow, and is not measured -> why."""


@dataclass
class Comparison:
    """One page in the small organization and in the large one."""

    name: str
    requests: Sequence[Request]
    readings: list[Reading] = field(default_factory=list)
    times: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    @property
    def cpu(self) -> tuple[float, float]:
        return median(self.times[0]), median(self.times[1])

    @property
    def ratio(self) -> float:
        """How many times as much CPU the large organization's page costs, 1 within the floor."""
        small, large = self.cpu
        return large / small if large - small > FLOOR else min(1.0, large / small)

    @property
    def bound(self) -> float:
        """How much the ratio may be: a page of fifty rows may cost more than one of five, when five is all there is."""
        small, large = (max(reading.size, 1) for reading in self.readings)
        loads = 2 if self.name.startswith(LOADS_TWICE) else 1
        return MOST * loads * min(max(1.0, large / small), MOST_SHOWN)

    def count(self) -> None:
        """Open each page twice: what the first sight of it costs is not counted."""
        for request in self.requests:
            request.read()
        self.readings = [request.read() for request in self.requests]

    def time(self) -> None:
        for request, times in zip(self.requests, self.times, strict=True):
            times.append(request.cpu())

    def faults(self) -> Iterator[str]:
        """What is wrong with it, in words; CPU only once it was timed."""
        small, large = self.readings
        if small.status != large.status or small.status >= 500 or "/sign-in" in small.onward + large.onward:
            yield f"answers {small.status} {small.onward} and {large.status} {large.onward}"
        if small.statements != large.statements:
            yield f"{small.statements} and {large.statements} statements"
        if large.steps > self.bound * small.steps + STEPS_FLOOR:
            yield f"{small.steps:,} and {large.steps:,} steps of the database"
        if self.times[0] and self.ratio > self.bound:
            yield f"{self.ratio:.2f} times the CPU"


def compare(small: worlds.World, large: worlds.World, *, only: str = "") -> list[Comparison]:
    """Every page of both, read once. only: a part of its name."""
    pairs = zip(small.pages(), large.pages(), strict=True)
    found = []
    for one, other in pairs:
        if only in one.name and not _may_grow(one):
            requests = [
                Request(world.app, page.path, world.cookies.get(page.who, ""))
                for world, page in ((small, one), (large, other))
            ]
            found.append(Comparison(_named(one), requests))
    for page in found:
        page.count()
    return found


def _may_grow(page: worlds.Page) -> str:
    return next((why for name, why in GROWS.items() if f"{page.name} ".startswith(name)), "")


def _named(page: worlds.Page) -> str:
    """The page's name, without keys that are others in every programme."""
    name, equals, value = page.name.partition("=")
    return f"{name}=…" if equals and len(value) > 30 else page.name


def measure(pages: Sequence[Comparison]) -> None:
    """Time all pages, one after the other, again and again; what looks slow is looked at longer before it is said."""
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        for page in pages:
            page.time()
    doubtful = [page for page in pages if page.ratio > page.bound]
    for _ in range(AGAIN):
        for page in doubtful:
            page.time()


@click.command("flat")
@click.option("--accounts", type=click.IntRange(1000), default=100_000, show_default=True, help="Of the large one.")
@click.option("--small", type=click.IntRange(100), default=1_000, show_default=True, help="Of the small one.")
@click.option("--share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Of their programmes.")
@click.option("--database", "urls", multiple=True, help="Made already: first the small programme, then the large one.")
@click.option("--only", default="", help="Only pages with this in their name.")
def flat(accounts: int, small: int, share: float, urls: tuple[str, ...], only: str) -> None:
    """Open every page in a small organization and in a large one, each in its programme, and compare.

    Fails when one takes more than 1.25 times the CPU or steps of the database, or other statements.
    """
    apps = [data.portal(url) for url in urls] or [_made(round(size / share), share) for size in (small, accounts)]
    pages = compare(*(worlds.build(app, "agency-0") for app in apps), only=only)
    measure(pages)
    faults = {page.name: found for page in pages if (found := list(page.faults()))}
    for page in sorted(pages, key=lambda page: page.ratio):
        click.echo(_line(page, bool(faults.get(page.name))))
    if faults:
        click.echo(f"{len(faults)} of {len(pages)} pages grow:", err=True)
        for name, found in faults.items():
            click.echo(f"  {name}: {'; '.join(found)}", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{len(pages)} pages are flat.")
    for name, why in GROWS.items():
        click.echo(f"Not measured: {name}, {why}.")


def _made(accounts: int, share: float) -> Flask:
    """The portal on a programme of this size, which is made when it is not there yet."""
    path = data.file_of(accounts, share)
    is_new = not path.exists()
    app = data.portal(f"sqlite:///{path}")
    if is_new:
        data.fill(app, accounts, share)
    return app


def _line(page: Comparison, is_wrong: bool) -> str:
    (small, large), (one, other) = page.cpu, page.readings
    mark = "GROWS" if is_wrong else ""
    return (
        f"{small * 1000:7.2f} {large * 1000:8.2f} ms {page.ratio:6.2f}  {one.statements:3d} {other.statements:3d} "
        f"{one.steps:9,d} {other.steps:10,d}  {page.name} {mark}"
    )
