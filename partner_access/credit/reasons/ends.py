"""Credit that has ended; {date} is when it did, {until} when the client came back."""

from __future__ import annotations

from partner_access.credit.reasons.reason import Reason

ENDS: dict[str, Reason] = {
    "client-cancelled": Reason(
        "Ended",
        "on {date}, because the client cancelled.",
        "Nothing to do: what it counted until that day stays in your ledger.",
    ),
    "client-returned": Reason("Resumed", "on {date}, because the client came back in time.", "Nothing to do."),
    "client-returned-late": Reason(
        "Ended",
        "on {date}, because the client cancelled. They came back on {until}, later than the rules allow, so it stays "
        "ended.",
        "If you work for the client again, claim the account as managed.",
    ),
    "client-returned-taken": Reason(
        "Ended",
        "on {date}, because the client cancelled. They came back on {until}, when another account had the website, so "
        "it stays ended.",
        "If you work for the client again, claim the account as managed.",
    ),
    "client-returned-never": Reason(
        "Ended",
        "on {date}, because the client cancelled. They came back on {until}; by the rules of their sign-up, a credit "
        "that has ended stays ended.",
        "If you work for the client again, claim the account as managed.",
    ),
    "heard-later": Reason(
        "Corrected", "because we heard later of something that had happened before. New lines follow.", ""
    ),
}
