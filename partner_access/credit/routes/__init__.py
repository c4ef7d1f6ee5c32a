"""The pages of credit: an organization's own, and the landing pages its clients see."""

from partner_access.credit.routes import clients, leads, links, successions  # noqa: F401  (they add their pages to it)
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.landing import landing

__all__ = ["credit", "landing"]
