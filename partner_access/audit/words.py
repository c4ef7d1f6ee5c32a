"""What each event of an organization is called where its people read it: event -> its kind, and its words. Pure."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "team": "Team",
    "leads": "Leads",
    "clients": "Clients",
    "links": "Referral links",
    "access": "Refused",
}
"""The kinds of events, and what the filter calls them."""

WORDS: dict[str, tuple[str, str]] = {
    "organization.founded": ("team", "Organization founded"),
    "membership.created": ("team", "Joined the team"),
    "membership.removed": ("team", "Removed from the team"),
    "invitation.sent": ("team", "Invitation sent"),
    "invitation.accepted": ("team", "Invitation accepted"),
    "join_request.received": ("team", "Asked to join"),
    "join_request.approved": ("team", "Request to join approved"),
    "join_request.declined": ("team", "Request to join declined"),
    "join_request.expired": ("team", "Request to join ended without an answer"),
    "join_request.withdrawn": ("team", "Request to join withdrawn"),
    "lead.submitted": ("leads", "Lead registered"),
    "lead.promoted": ("leads", "Queued lead became the one that is held"),
    "lead.renewed": ("leads", "Lead renewed"),
    "lead.withdrawn": ("leads", "Lead withdrawn"),
    "lead.expired": ("leads", "Lead expired"),
    "lead.won": ("leads", "Lead won"),
    "lead.ended": ("leads", "Lead ended"),
    "check.asked": ("clients", "Asked “Will this count?”"),
    "credit.searched": ("clients", "Asked “Where is my credit?”"),
    "credit.decided": ("clients", "Credit decided"),
    "credit.activated": ("clients", "Credit became active"),
    "client_account.created": ("clients", "Account created for the client"),
    "hand_over.sent": ("clients", "Hand-over mailed to the client"),
    "hand_over.accepted": ("clients", "Client accepted the account"),
    "hand_over.address_changed": ("clients", "Address of the hand-over changed"),
    "hand_over.cancelled": ("clients", "Hand-over cancelled"),
    "hand_over.refused": ("clients", "Client refused the account"),
    "managed_claim.made": ("clients", "Account claimed as managed"),
    "managed_claim.reminded": ("clients", "Client reminded to confirm the claim"),
    "managed_claim.confirmed": ("clients", "Managed account confirmed"),
    "managed_claim.moved": ("clients", "Managed account moved with a merger"),
    "managed_claim.ended": ("clients", "Managed account, or its claim, ended"),
    "dispute.opened": ("clients", "Question to the programme’s staff opened"),
    "dispute.words_added": ("clients", "Words added for the programme’s staff"),
    "client.moved": ("clients", "Client moved to another website"),
    "dispute.closed": ("clients", "Question to the programme’s staff answered"),
    "referral_link.created": ("links", "Referral link created"),
    "page.refused": ("access", "Refused"),
}

NOT_TOLD = {"ledger.posted"}
"""Events of an organization that its people read elsewhere: the ledger has a page of its own."""
