"""What each event outside any organization is called where staff read it: event -> its kind, and its words. Pure."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "arrivals": "Requests and entry",
    "logins": "Signing in",
    "applications": "Applications",
    "staff": "Staff’s own acts",
    "refused": "Refused",
}
"""The kinds of events, and what the filter calls them."""

WORDS: dict[str, tuple[str, str]] = {
    "account_request.asked": ("arrivals", "Account requested"),
    "account_request.confirmed": ("arrivals", "Mailbox confirmed"),
    "account_request.discarded": ("arrivals", "Account request discarded"),
    "account_request.refused": ("refused", "Confirmation refused"),
    "account_request.expired": ("arrivals", "Account requests expired"),
    "entry.decided": ("arrivals", "Decided where somebody belongs"),
    "user.signed_in": ("logins", "Signed in"),
    "user.sign_in_refused": ("refused", "Sign-in refused"),
    "user.signed_out": ("logins", "Signed out"),
    "user.password_changed": ("logins", "Password changed"),
    "user.password_change_refused": ("refused", "Change of password refused"),
    "user.password_reset": ("logins", "New password set by a mailed link"),
    "user.password_reset_refused": ("refused", "New password refused"),
    "user.password_reset_asked": ("logins", "New password asked for"),
    "user.details_changed": ("logins", "Own details changed"),
    "user.email_change_asked": ("logins", "Change of address asked for"),
    "user.email_change_refused": ("refused", "Change of address refused"),
    "user.email_changed": ("logins", "Address changed"),
    "user.email_change_undone": ("logins", "Change of address undone"),
    "session.revoked": ("logins", "Device signed out"),
    "application.received": ("applications", "Application received"),
    "application.completed": ("applications", "Applicant said who they are"),
    "application.withdrawn": ("applications", "Application withdrawn"),
    "application.approved": ("applications", "Application approved"),
    "application.declined": ("applications", "Application declined"),
    "application.joined": ("applications", "Applicant passed on to an organization"),
    "staff.granted": ("staff", "Made one of staff"),
    "ruling.made": ("staff", "Ruled on a client account"),
    "client.moved": ("staff", "Client account moved to another website"),
    "client.merged": ("staff", "Client accounts merged"),
    "client.cancelled": ("staff", "Client account cancelled"),
    "client.reactivated": ("staff", "Client account came back"),
    "mail.resent": ("staff", "Mail sent again"),
    "job.tried_again": ("staff", "Job that was set aside tried again"),
    "rules.changed": ("staff", "Rules changed"),
    "page.refused": ("refused", "Page refused"),
}
