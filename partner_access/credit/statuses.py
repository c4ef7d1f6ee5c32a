"""The words of credit that are no reasons: status words, the kinds of ledger lines, and what happened to a client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """A status word: its label, colour role, icon, definition."""

    label: str
    colour: str
    icon: str
    definition: str


STATUSES: dict[str, Status] = {
    "registered": Status("Registered", "mute", "flag", "The site is held for you until the date shown."),
    "queued": Status("Queued", "mute", "clock", "Another partner holds this site; you wait in line for it."),
    "taken": Status("Taken", "mute", "clock", "It counts from the time at which you sent it; the answer comes later."),
    "pending": Status(
        "Pending", "wait", "clock", "Waiting for somebody or for a date: the row says for whom, until when."
    ),
    "in-review": Status(
        "In review", "info", "eye", "The programme’s staff look at it; the row says by when they answer."
    ),
    "active": Status("Active", "ok", "check", "The credit counts, since the date shown."),
    "declined": Status("Not credited", "bad", "cross", "No credit; the row says why."),
    "managed": Status("Managed", "mute", "store", "You run the client’s account for them, or have asked to."),
    "expired": Status("Expired", "mute", "dash", "The lead ended on the date shown, and the site is free for others."),
    "ended": Status("Ended", "mute", "dash", "It counted until the date shown, or is no longer needed."),
}

KINDS: dict[str, str] = {
    "pending": "Pending",
    "activated": "Activated",
    "reversed": "Taken back",
    "ended": "Ended",
    "resumed": "Resumed",
    "managed": "Managed",
    "managed-ended": "Managed ended",
}
"""What the ledger's lines of each kind are called."""

EVENT_WORDS: dict[str, str] = {
    "managed_claim.made": "Your team claimed to manage the account",
    "managed_claim.reminded": "The client was reminded to answer",
    "managed_claim.prolonged": "The client has longer to answer, because of a pause",
    "managed_claim.confirmed": "It was confirmed that you manage the account",
    "managed_claim.moved": "The claim moved here with an account that was merged into this one",
    "managed_claim.handed_over": "A colleague took over the claim to manage the account",
    "managed_claim.ended": "The claim to manage the account ended",
    "credit.decided": "Every rule was checked, and the credit was decided",
    "credit.activated": "The credit became active",
    "credit.ended": "We heard that the client had cancelled, and the credit ended",
    "credit.resumed": "We heard that the client was back, and the credit goes on",
    "dispute.opened": "The programme’s staff were asked to look at it",
    "dispute.words_added": "Your team wrote to the programme’s staff",
    "dispute.closed": "The programme’s staff answered",
    "client.moved": "The client moved to another website",
    "client_account.created": "Your team created the account for the client",
    "hand_over.sent": "The client was mailed, to accept the account",
    "hand_over.address_changed": "The address for the hand-over was changed",
    "hand_over.cancelled": "The link to the client was cancelled",
    "hand_over.refused": "Whoever got the mail said that the account is not for them",
    "hand_over.handed_over": "A colleague took over handing the account over to the client",
    "hand_over.accepted": "The client accepted the account as theirs",
}
"""What the timeline of a client says of each event in the audit log."""
