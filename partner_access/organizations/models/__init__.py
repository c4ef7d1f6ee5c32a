"""The tables of organizations, a module for each subject."""

from partner_access.organizations.models.domains import Domain, DomainClaim, DomainDispute
from partner_access.organizations.models.entry import Application, Invitation, InvitationLink, JoinDeadline, JoinRequest
from partner_access.organizations.models.memberships import MailChoice, Membership
from partner_access.organizations.models.organizations import Organization, OrgMerger, OrgPause
from partner_access.organizations.models.ownership import OwnerRecovery, RecoveryDeadline
from partner_access.organizations.models.staff_readings import StaffReading, StaffReadingPage

__all__ = [
    "Application",
    "Domain",
    "DomainClaim",
    "DomainDispute",
    "Invitation",
    "InvitationLink",
    "JoinDeadline",
    "JoinRequest",
    "MailChoice",
    "Membership",
    "OrgMerger",
    "OrgPause",
    "Organization",
    "OwnerRecovery",
    "RecoveryDeadline",
    "StaffReading",
    "StaffReadingPage",
]
