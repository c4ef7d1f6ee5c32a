"""What gives an organization another state: one table of the functions that do it, for every surface that offers it."""

from __future__ import annotations

from partner_access.credit.lifecycle import org_closures
from partner_access.credit.managed import claims
from partner_access.organizations.lifecycle import pauses

STATE_CHANGES = {"paused": pauses.suspend, "resumed": claims.resume, "closed": org_closures.close}
"""Outcome of a decision, as staff_acts names it -> the function that decides it and carries it out."""
