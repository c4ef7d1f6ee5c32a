"""The pages of the staff console, a module for each noun."""

from partner_access.staff.routes import queue, readings, rules, why
from partner_access.staff.routes.blueprint import staff

__all__ = ["queue", "readings", "rules", "staff", "why"]
