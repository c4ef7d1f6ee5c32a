"""Does several pieces of work at the same moment, in real threads, each with a transaction of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def at_once(*pieces: Callable[[], T]) -> list[T]:
    """What each returned, in order; all begin together, under the clock of the caller. The first error is raised."""
    start = threading.Barrier(len(pieces))

    def begin(piece: Callable[[], T]) -> T:
        start.wait(timeout=60)
        return piece()

    with ThreadPoolExecutor(len(pieces)) as pool:
        running = [pool.submit(copy_context().run, begin, piece) for piece in pieces]
    return [piece.result() for piece in running]
