"""An organization's own pages of credit, a module for each subject."""

from partner_access.credit.routes import (  # noqa: F401  (they add their pages to the blueprint)
    clients,
    disputes,
    handovers,
    insights,
    leads,
    ledger,
    links,
    managed,
    member_departures,
)
from partner_access.credit.routes.blueprint import credit

__all__ = ["credit"]
