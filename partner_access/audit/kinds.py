"""Which kind each event is of, as its readers filter by: an organization's people, and staff. Stored with the event.

The same event may be of one kind in an organization's log and of another in the log of what belongs to none. One that
is not listed here is not told in that log.
"""

from __future__ import annotations

from collections.abc import Mapping


def _by_event(kinds: Mapping[str, str]) -> dict[str, str]:
    return {event: kind for kind, events in kinds.items() for event in events.split()}


OF_ORG = _by_event({
    "team":
        "organization.founded organization.paused organization.resumed organization.closed "
        "organization.merged organization.lead_limit_set membership.created membership.removed "
        "invitation.sent invitation.accepted "
        "join_request.received join_request.approved join_request.declined join_request.expired "
        "join_request.withdrawn membership.role_changed membership.suspended membership.resumed "
        "membership.left membership.readdressed invitation.revoked invitation.proof_asked "
        "join_request.decision_undone join_request.owners_reminded join_request.passed_to_staff "
        "domain.claimed domain.checked domain.proved domain.lapsed domain.released domain.disputed "
        "domain.ruled domain.policy_changed settings.changed recipients.changed ownership.recovery_asked "
        "ownership.recovery_proved ownership.recovered ownership.appointed "
        "webhook.added webhook.changed webhook.secret_changed webhook.switched_on webhook.switched_off "
        "webhook.removed webhook.pinged webhook.resent api_token.created api_token.rotated api_token.revoked",
    "access":
        "invitation.refused ownership.recovery_refused staff_reading.started staff_reading.page_opened "
        "staff_reading.ended page.refused",
    "leads":
        "lead.handed_over lead.submitted lead.answered lead.promoted lead.passed_on lead.renewed lead.withdrawn "
        "lead.expired lead.won lead.ended",
    "clients":
        "check.asked credit.searched credit.decided credit.activated credit.ended credit.resumed "
        "client_account.created hand_over.sent hand_over.accepted hand_over.address_changed "
        "hand_over.cancelled hand_over.refused hand_over.handed_over managed_claim.made "
        "managed_claim.reminded managed_claim.prolonged managed_claim.confirmed managed_claim.moved "
        "managed_claim.handed_over managed_claim.ended dispute.opened dispute.words_added client.moved "
        "dispute.closed",
    "links": "referral_link.created",
})  # fmt: skip
OUTSIDE = _by_event({
    "arrivals":
        "account_request.asked account_request.confirmed account_request.discarded account_request.expired "
        "entry.decided sign_up.asked sign_up.confirmed sign_up.refused sign_up.reminded sign_up.lapsed "
        "client_account.named client_account.told",
    "refused":
        "account_request.refused user.sign_in_refused user.password_change_refused "
        "user.password_reset_refused user.email_change_refused page.refused",
    "logins":
        "user.signed_in user.signed_out user.password_changed user.password_reset user.password_reset_asked "
        "user.details_changed user.email_change_asked user.email_changed user.email_change_undone "
        "session.revoked",
    "applications":
        "application.received application.completed application.withdrawn application.approved "
        "application.declined application.joined",
    "staff":
        "staff.granted staff.removed mail_provider.added mail_provider.removed "
        "ruling.made client.moved client.merged client.cancelled client.reactivated mail.resent "
        "mail.bounced mail.refused mail.allowed job.tried_again rules.changed webhook.added webhook.changed "
        "webhook.secret_changed webhook.switched_on webhook.switched_off webhook.removed webhook.pinged "
        "webhook.resent api_token.created api_token.rotated api_token.revoked",
})  # fmt: skip
