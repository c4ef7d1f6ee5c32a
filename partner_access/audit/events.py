"""The catalogue: every event that may be recorded, and the fields that it may carry.

Personal data stays out, except an e-mail domain where it is the reason for a decision: people are named by their id.
"""

from __future__ import annotations

EVENTS: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        # access, outside any organization
        "account_request.asked": "known",
        "account_request.confirmed": "door",
        "account_request.discarded": "",
        "account_request.refused": "door",
        "account_request.expired": "count",
        "user.signed_in": "",
        "user.sign_in_refused": "",
        "user.signed_out": "",
        "user.password_changed": "",
        "user.password_change_refused": "",
        "user.password_reset": "",
        "user.password_reset_refused": "",
        "user.password_reset_asked": "known",
        "user.details_changed": "",
        "user.email_change_asked": "known",
        "user.email_change_refused": "",
        "user.email_changed": "",
        "user.email_change_undone": "",
        "session.revoked": "",
        "page.refused": "endpoint slug",
        "entry.decided": "outcome domain",
        "application.received": "domain",
        "application.completed": "",
        "application.withdrawn": "",
        "application.approved": "slug",
        "application.declined": "",
        "application.joined": "slug",
        "staff.granted": "",
        # an organization's own
        "organization.founded": "slug domain policy",
        "membership.created": "role provenance domain",
        "membership.removed": "",
        "membership.readdressed": "provenance domain",
        "invitation.sent": "role",
        "invitation.accepted": "role",
        "join_request.received": "domain",
        "join_request.approved": "",
        "join_request.declined": "",
        "join_request.expired": "",
        "join_request.withdrawn": "",
        "domain.claimed": "domain",
        "domain.checked": "domain",
        "domain.proved": "domain",
        "domain.lapsed": "domain",
        "domain.released": "domain",
        "domain.disputed": "domain",
        "domain.ruled": "domain outcome",
        "domain.policy_changed": "domain policy include_subdomains admitted cut_off offered",
        "lead.submitted": "site queued",
        "lead.promoted": "site",
        "lead.renewed": "site",
        "lead.withdrawn": "site",
        "lead.expired": "site",
        "lead.won": "site",
        "lead.ended": "site",
        "referral_link.created": "code label",
        "credit.decided": "external_id basis",
        "credit.activated": "external_id",
    }.items()
}
