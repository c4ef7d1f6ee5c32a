"""The pages of credit: an organization's own, and the landing pages its clients see."""

from partner_access.credit.routes.clients import credit as credit
from partner_access.credit.routes.landing import landing as landing
from partner_access.credit.routes.leads import credit as _leads  # noqa: F401  (adds its pages to the blueprint)
from partner_access.credit.routes.links import credit as _links  # noqa: F401
