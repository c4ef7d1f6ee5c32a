"""The pages of credit: an organization's own, and the landing pages its clients see."""

from partner_access.credit.routes import (  # noqa: F401  (they add their pages to the blueprint)
    activity,
    checks,
    clients,
    disputes,
    hand_overs,
    leads,
    ledger,
    links,
    managed,
    successions,
)
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.confirm_managed import confirm_managed
from partner_access.credit.routes.landing import landing
from partner_access.credit.routes.transfer import transfer

__all__ = ["confirm_managed", "credit", "landing", "transfer"]
