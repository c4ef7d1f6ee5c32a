"""The pages of the staff console, a module for each noun."""

from partner_access.staff.routes import queue
from partner_access.staff.routes.blueprint import staff

__all__ = ["queue", "staff"]
