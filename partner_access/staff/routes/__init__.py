"""The pages of the staff console, a module for each noun."""

from partner_access.staff.routes import (
    addresses,
    clients,
    integrations,
    jobs,
    log,
    mail,
    organizations,
    queue,
    readings,
    rules,
    sign_ups,
)
from partner_access.staff.routes.blueprint import staff

__all__ = [
    "addresses",
    "clients",
    "integrations",
    "jobs",
    "log",
    "mail",
    "organizations",
    "queue",
    "readings",
    "rules",
    "sign_ups",
    "staff",
]
