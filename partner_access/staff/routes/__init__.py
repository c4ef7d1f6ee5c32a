"""The pages of the staff console, a module for each noun."""

from partner_access.staff.routes import organizations, queue
from partner_access.staff.routes.blueprint import staff

__all__ = ["organizations", "queue", "staff"]
