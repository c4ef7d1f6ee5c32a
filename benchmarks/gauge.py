"""Gauges of one request: the CPU it takes, its statements, and the steps of SQLite's virtual machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import EnvironBuilder, run_wsgi_app

from partner_access.db import database

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
STEPS = 20
"""The virtual machine is looked at every so many of its steps."""


@dataclass
class Reading:
    """What one request took: statements, steps / STEPS (0 on PostgreSQL, which does not tell), and what it answered."""

    status: int = 0
    statements: int = 0
    ticks: int = 0
    size: int = 0
    onward: str = ""

    @property
    def steps(self) -> int:
        return self.ticks * STEPS


class Request:
    """One page opened by one browser, again and again."""

    def __init__(self, app: Flask, path: str, cookie: str) -> None:
        headers = {"User-Agent": AGENT} | ({"Cookie": cookie} if cookie else {})
        path, _, query = path.partition("?")
        self._app, self._environ = app, EnvironBuilder(path, "http://localhost", query, headers=headers).get_environ()

    def cpu(self) -> float:
        """The CPU seconds of opening it once."""
        began = time.thread_time()
        self._open()
        return time.thread_time() - began

    def read(self) -> Reading:
        """Open it once, and count."""
        with counted(self._app) as reading:
            status, reading.size, reading.onward = self._open()
            reading.status = int(status.split()[0])
        return reading

    def _open(self) -> tuple[str, int, str]:
        parts, status, headers = run_wsgi_app(self._app.wsgi_app, dict(self._environ), buffered=True)
        return status, sum(len(part) for part in parts), headers.get("Location", "")


@contextmanager
def counted(app: Flask) -> Iterator[Reading]:
    """Count what an application's database is asked meanwhile."""
    reading = Reading()

    def begin(*_: object) -> None:
        reading.statements += 1

    def tick() -> int:
        reading.ticks += 1
        return 0

    def watch(connection: Any, *_: object) -> None:
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(tick, STEPS)

    with app.app_context():
        engine: Engine = database.engine
        engine.dispose()  # so that every connection is watched from its beginning
    listeners = ((engine, "before_cursor_execute", begin), (engine, "connect", watch))
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield reading
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)
        engine.dispose()
