"""The tables of organizations, a module for each subject."""

from partner_access.organizations.models.domains import Domain, DomainClaim, DomainDispute, MailProvider
from partner_access.organizations.models.entry import (
    Application,
    EscalatedRequest,
    Invitation,
    InvitationLink,
    JoinRequest,
)
from partner_access.organizations.models.memberships import MailChoice, Membership
from partner_access.organizations.models.organizations import Organization, OrgMerger, OrgPause, OwnName
from partner_access.organizations.models.ownership import OwnerRecovery
from partner_access.organizations.models.staff_readings import StaffReading, StaffReadingPage

__all__ = [
    "Application",
    "Domain",
    "DomainClaim",
    "DomainDispute",
    "EscalatedRequest",
    "Invitation",
    "InvitationLink",
    "JoinRequest",
    "MailChoice",
    "MailProvider",
    "Membership",
    "OrgMerger",
    "OrgPause",
    "Organization",
    "OwnName",
    "OwnerRecovery",
    "StaffReading",
    "StaffReadingPage",
]
