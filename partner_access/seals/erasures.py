"""Erases the texts of sealed rows, and prunes old ones: what goes leaves its digest, and a row that says why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from partner_access.db import Base, changed, scope, session
from partner_access.seals import seals
from partner_access.seals.models import PROGRAMME, Erasure, Pruning, Seal, SealSegment

BLANKS: dict[type[Any], Any] = {str: "[erased]", list: [], dict: {}}
"""What stands in the place of a text that was erased."""
PAST_THE_SESSION = {seals.ERASES: True, "synchronize_session": False}


def blank(text: Any) -> Any:
    """What erasing leaves of a text."""
    return None if text is None else BLANKS[type(text)]


def erase(row: Base, reason: str) -> None:
    """Erase the texts of a sealed row of the bound organization, or of none, with the salts of all its versions."""
    model: type[Any] = type(row)
    key = getattr(row, seals.key_of(model))
    kind, row_id = seals.kind_of(model), seals.row_id(key)
    session().add(Erasure(kind=kind, row_id=row_id, reason=reason))
    session().flush()  # before what it allows: the database looks for it
    empty = {name: blank(getattr(row, name)) for name in model.__texts__}
    own_salt = {"salt": None} if "salt" in seals.columns_of(model) else {}
    _run(update(model).where(getattr(model, seals.key_of(model)) == key).values(empty | own_salt))
    of_it = Seal.org_id == (scope().org_id or PROGRAMME), Seal.kind == kind, Seal.row_id == row_id
    _run(update(Seal).where(*of_it).values(salt=None))
    session().refresh(row)


def fault(model: type[Any], row: Mapping[str, Any]) -> str | None:
    """What is wrong with a row whose salt is gone; None where it was erased."""
    row_id = seals.row_id(row[seals.key_of(model)])
    named = Erasure.kind == seals.kind_of(model), Erasure.row_id == row_id
    if not session().scalar(select(func.count()).where(*named)):
        return "its salt is gone, and no erasure says so"
    if any(text != blank(text) for text in seals.texts_of(model, row).values()):
        return "it was erased, and has other texts now"
    return None


def begin_pruning(kind: str, before: datetime, reason: str) -> Pruning | None:
    """Say that the rows of a table go whose seals were closed before a moment; None where there are none to go."""
    last = session().scalar(select(func.max(SealSegment.number)).where(SealSegment.at < before))
    if last is None:
        return None
    row = Pruning(kind=kind, segment=last, reason=reason)
    session().add(row)
    session().flush()
    return row


def prune(pruning: Pruning, but: frozenset[str]) -> int:
    """Delete such rows of the bound organization, or of none, but events of these names; how many there were."""
    model = seals.model_of(pruning.kind)
    of_it = Seal.org_id == (scope().org_id or PROGRAMME), Seal.kind == pruning.kind, Seal.row_id == model.id
    old = exists().where(*of_it, Seal.segment <= pruning.segment)
    return _run(delete(model).where(old, model.event.not_in(but)))


def _run(statement: Any) -> int:
    return changed(statement.execution_options(**PAST_THE_SESSION))
