"""The pages of the staff console, a module for each noun."""

from partner_access.staff.routes import clients, mail, queue
from partner_access.staff.routes.blueprint import staff

__all__ = ["clients", "mail", "queue", "staff"]
