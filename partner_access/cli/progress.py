"""Signs of life: a command that takes longer than a second says on standard error what it is at, and for how long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import click


@dataclass
class _Work:
    """What the present command is at."""

    words: str


_present: ContextVar[_Work | None] = ContextVar("command_work", default=None)


def tell(words: str) -> None:
    """Say what the present command is at; shown when the next sign of life is due."""
    if work := _present.get():
        work.words = words


@contextmanager
def shown(words: str) -> Iterator[None]:
    """Show signs of life while the body runs, from a thread of their own: a statement of the database can take long."""
    work, over, began = _Work(words), threading.Event(), time.monotonic()
    thread = threading.Thread(target=_show, args=(work, over, began), daemon=True)
    token = _present.set(work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _present.reset(token)


def _show(work: _Work, over: threading.Event, began: float) -> None:
    """On a terminal one line that changes every second; elsewhere lines, ever further apart, up to half a minute."""
    is_terminal, wait, was_shown = sys.stderr.isatty(), 1.0, False
    while not over.wait(wait):
        text = f"{work.words} … {time.monotonic() - began:.0f} s"
        click.echo(f"\r\033[K{text}" if is_terminal else text, err=True, nl=not is_terminal)
        wait, was_shown = (1.0 if is_terminal else min(wait * 2, 30.0)), True
    if is_terminal and was_shown:
        click.echo("\r\033[K", err=True, nl=False)
