"""Why a credit is as it is, in three parts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """short: the bold start of the row; sentence: the rest, with slots; next_step: what the partner can do now."""

    short: str
    sentence: str
    next_step: str
