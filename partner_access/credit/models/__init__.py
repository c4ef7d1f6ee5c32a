"""The tables of credit, a module for each subject."""

from partner_access.credit.models.attribution import RuleSet, SourceCredit, StoredDecision
from partner_access.credit.models.clients import Client, ClientAccount, ClientEvent, ClientSite
from partner_access.credit.models.disputes import Dispute, DisputeParty, DisputeSide, Ruling
from partner_access.credit.models.handovers import Handover
from partner_access.credit.models.ledger import CreditEntry, LedgerMonth, OrgTotals, Statement
from partner_access.credit.models.managed import LateClaim, ManagedAsk, ManagedClaim, ManagedSeat
from partner_access.credit.models.provisional import ProvisionalSignUp
from partner_access.credit.models.touchpoints import Lead, ReferralCode, ReferralLink, SiteHold
from partner_access.credit.models.visits import NetworkKey, SignUpOrigin, Visit, VisitDay

__all__ = [
    "Client",
    "ClientAccount",
    "ClientEvent",
    "ClientSite",
    "CreditEntry",
    "Dispute",
    "DisputeParty",
    "DisputeSide",
    "Handover",
    "LateClaim",
    "Lead",
    "LedgerMonth",
    "ManagedAsk",
    "ManagedClaim",
    "ManagedSeat",
    "NetworkKey",
    "OrgTotals",
    "ProvisionalSignUp",
    "ReferralCode",
    "ReferralLink",
    "RuleSet",
    "Ruling",
    "SignUpOrigin",
    "SiteHold",
    "SourceCredit",
    "Statement",
    "StoredDecision",
    "Visit",
    "VisitDay",
]
