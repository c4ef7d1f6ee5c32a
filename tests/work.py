"""Counts what answering costs: the statements sent to the database, and how often a password is hashed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass
class Work:
    """What was done: each statement as it was sent, without its values, and how many passwords were hashed."""

    statements: list[str] = field(default_factory=list)
    hashes: int = 0

    @property
    def mails(self) -> int:
        """How many mails were queued."""
        return sum(statement.startswith("INSERT INTO outbox_mail") for statement in self.statements)


@contextmanager
def watched() -> Iterator[Work]:
    """Everything that is done within the block, by whomever."""
    work = Work()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        work.statements.append(" ".join(statement.split()))

    def counting(method: Any) -> Any:
        def counted(*arguments: Any, **named: Any) -> Any:
            work.hashes += 1
            return method(*arguments, **named)

        return counted

    event.listen(Engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("hash", "verify"):
            patch.setattr(PasswordHasher, name, counting(getattr(PasswordHasher, name)))
        try:
            yield work
        finally:
            event.remove(Engine, "before_cursor_execute", note)
