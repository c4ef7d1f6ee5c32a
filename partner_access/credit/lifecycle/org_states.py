"""What gives an organization another state: one table of the functions that do it, for every surface that offers it."""

from __future__ import annotations

from partner_access.credit.lifecycle import org_closures, org_pauses

STATE_CHANGES = {"paused": org_pauses.suspend, "resumed": org_pauses.resume, "closed": org_closures.close}
"""Outcome of a decision, as staff_acts names it -> the function that decides it and carries it out."""
