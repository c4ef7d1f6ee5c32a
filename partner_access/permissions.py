"""Who may do what: every permission, every role, and the one table that joins them. Pure."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's role in one organization (PRODUCT.md section 1)."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class StaffRole(StrEnum):
    """The vendor's people; never a role in an organization."""

    STAFF = "staff"


class Permission(StrEnum):
    VIEW_ORG = "org:view"
    VIEW_TEAM = "members:view"
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


MEMBER = frozenset(
    {
        Permission.VIEW_ORG,
        Permission.VIEW_TEAM,
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
ADMIN = MEMBER | {Permission.MANAGE_TEAM, Permission.MANAGE_DOMAINS, Permission.MANAGE_SETTINGS}
GRANTS: dict[Role, frozenset[Permission]] = {Role.MEMBER: MEMBER, Role.ADMIN: ADMIN, Role.OWNER: ADMIN}


def allows(role: Role, permission: Permission) -> bool:
    """Whether a member with this role has this permission."""
    return permission in GRANTS[role]


def gives(role: Role) -> list[Role]:
    """The roles that somebody with this one may give, and about whose holders they may decide: none above their own."""
    return list(Role)[list(Role).index(role) :] if allows(role, Permission.MANAGE_TEAM) else []


def holders(permission: Permission) -> list[Role]:
    """The roles that have this permission, for "this page is for owners and admins"."""
    return [role for role in Role if permission in GRANTS[role]]
