"""Who may do what: every permission, every role, and the one table that joins them. Pure."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's role in one organization (docs/access.md)."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class StaffRole(StrEnum):
    """The vendor's people; never a role in an organization."""

    STAFF = "staff"


class TokenRole(StrEnum):
    """What a token of the API may do: whose it is, and its scope."""

    ORG_READ = "org-read"
    ORG_WRITE = "org-write"
    PROGRAMME_READ = "programme-read"
    PROGRAMME_WRITE = "programme-write"


class Permission(StrEnum):
    VIEW_ORG = "org:view"
    VIEW_TEAM = "members:view"
    LEAVE = "membership:leave"
    MANAGE_TEAM = "members:manage"
    VIEW_DOMAINS = "domains:view"
    MANAGE_DOMAINS = "domains:manage"
    RECOVER_OWNERSHIP = "ownership:recover"
    VIEW_SETTINGS = "settings:view"
    MANAGE_SETTINGS = "settings:manage"
    SUBMIT_LEADS = "leads:submit"
    MANAGE_LEADS = "leads:manage"
    CREATE_LINKS = "links:create"
    CLAIM_CLIENTS = "clients:claim"
    CREATE_CLIENTS = "clients:create"
    ASK_AGAIN = "reviews:ask"
    MANAGE_INTEGRATIONS = "integrations:manage"
    # the programme's staff
    VIEW_PROGRAMME = "programme:view"
    DECIDE = "queue:decide"
    MANAGE_ORGS = "orgs:manage"
    READ_ORG = "orgs:read"
    MANAGE_CLIENTS = "client-accounts:manage"
    CHANGE_RULES = "rules:change"
    SEND_MAIL = "mail:send"
    RUN_JOBS = "jobs:run"
    MANAGE_PROGRAMME_WEBHOOKS = "programme-webhooks:manage"
    MANAGE_PROGRAMME_TOKENS = "programme-tokens:manage"


MEMBER = frozenset(
    {
        Permission.VIEW_ORG,
        Permission.VIEW_TEAM,
        Permission.LEAVE,
        Permission.VIEW_DOMAINS,
        Permission.RECOVER_OWNERSHIP,
        Permission.VIEW_SETTINGS,
        Permission.SUBMIT_LEADS,
        Permission.MANAGE_LEADS,
        Permission.CREATE_LINKS,
        Permission.CLAIM_CLIENTS,
        Permission.CREATE_CLIENTS,
        Permission.ASK_AGAIN,
    }
)
ADMIN = MEMBER | {
    Permission.MANAGE_TEAM,
    Permission.MANAGE_DOMAINS,
    Permission.MANAGE_SETTINGS,
    Permission.MANAGE_INTEGRATIONS,
}
STAFF = frozenset(
    {
        Permission.VIEW_PROGRAMME,
        Permission.DECIDE,
        Permission.MANAGE_ORGS,
        Permission.READ_ORG,
        Permission.MANAGE_CLIENTS,
        Permission.CHANGE_RULES,
        Permission.SEND_MAIL,
        Permission.RUN_JOBS,
        Permission.MANAGE_PROGRAMME_WEBHOOKS,
        Permission.MANAGE_PROGRAMME_TOKENS,
    }
)
ORG_READ = frozenset({Permission.VIEW_ORG, Permission.VIEW_TEAM})
PROGRAMME_READ = frozenset({Permission.VIEW_PROGRAMME})
GRANTS: dict[Role | StaffRole | TokenRole, frozenset[Permission]] = {
    Role.MEMBER: MEMBER,
    Role.ADMIN: ADMIN,
    Role.OWNER: ADMIN,
    StaffRole.STAFF: STAFF,
    TokenRole.ORG_READ: ORG_READ,
    TokenRole.ORG_WRITE: ORG_READ | {Permission.SUBMIT_LEADS, Permission.MANAGE_LEADS},
    TokenRole.PROGRAMME_READ: PROGRAMME_READ,
    TokenRole.PROGRAMME_WRITE: PROGRAMME_READ | {Permission.MANAGE_CLIENTS, Permission.MANAGE_ORGS},
}


def allows(role: Role | StaffRole | TokenRole, permission: Permission) -> bool:
    """Whether somebody or something with this role has this permission."""
    return permission in GRANTS[role]


READABLE = frozenset({Permission.VIEW_ORG, Permission.VIEW_TEAM, Permission.VIEW_DOMAINS, Permission.VIEW_SETTINGS})
"""What staff may look at who read an organization's pages."""


def gives(role: Role) -> list[Role]:
    """The roles that somebody with this one may give, and about whose holders they may decide: none above their own."""
    return list(Role)[list(Role).index(role) :] if allows(role, Permission.MANAGE_TEAM) else []


def holders(permission: Permission) -> list[Role]:
    """The roles that have this permission, for "this page is for owners and admins"."""
    return [role for role in Role if permission in GRANTS[role]]
