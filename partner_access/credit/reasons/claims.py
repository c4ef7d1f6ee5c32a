"""Claims to manage an account; {date} is the day that counts for the claim."""

from __future__ import annotations

from partner_access.credit.reasons.reason import Reason

CLAIMS: dict[str, Reason] = {
    "unconfirmed": Reason(
        "Only claimed",
        "so this page shows what your team typed. The rest is the client’s until they say that you manage their "
        "account.",
        "Wait for the answer.",
    ),
    "managed-only": Reason(
        "Managed only", "because your team had no lead and no link for this client before they signed up.", ""
    ),
    "managed-asked": Reason(
        "Claimed",
        "and waiting for the client to confirm, by {date}, that you manage their account.",
        "Nothing to do: the client is reminded twice. It helps to tell them that the mail comes.",
    ),
    "managed-staff": Reason(
        "Claimed",
        "and waiting for the programme’s staff: we cannot ask this client by mail. They answer by {date}.",
        "Nothing to do: you are mailed when they have decided.",
    ),
    "managed-confirmed": Reason("Managed", "by you since {date}, because the client confirmed it.", ""),
    "managed-ruled": Reason("Managed", "by you since {date}, because the programme’s staff decided so.", ""),
    "managed-named": Reason("Managed", "by you since {date}, because the programme’s own records say so.", ""),
    "vendor-named-another": Reason(
        "No longer managed",
        "since {date}, because the programme’s own records name another partner.",
        "If that is wrong, ask for another look on the client’s page.",
    ),
    "vendor-named-nobody": Reason(
        "No longer managed",
        "since {date}, because the programme’s own records name nobody.",
        "If that is wrong, ask for another look on the client’s page.",
    ),
    "managed-moved": Reason(
        "Managed", "here since {date}, when the account that you managed was merged into this one.", ""
    ),
    "managed-refused": Reason(
        "Not managed",
        "because the client said on {date} that you do not manage their account.",
        "Talk to the client. You can claim the account again 30 days after that day.",
    ),
    "other-chosen": Reason(
        "Not managed",
        "because the client chose another partner on {date}.",
        "Talk to the client. You can claim the account again 30 days after that day.",
    ),
    "managed-lapsed": Reason(
        "Not managed",
        "because the client had not answered by {date}. Silence is no consent.",
        "Talk to the client. You can claim the account again 30 days after that day.",
    ),
    "managed-withdrawn": Reason(
        "Withdrawn",
        "by your team on {date}, before the client answered.",
        "Claim it again when you manage the account.",
    ),
    "managed-not-granted": Reason(
        "Not managed",
        "because the programme’s staff decided so on {date}; their reason is on the client’s page.",
        "Claim it again if something has changed.",
    ),
    "managed-ended": Reason(
        "No longer managed", "since {date}, because your team ended it.", "Claim it again when you manage the account."
    ),
    "managed-ended-by-client": Reason(
        "No longer managed",
        "since {date}, because the client ended it.",
        "Talk to the client. You can claim the account again 30 days after that day.",
    ),
    "client-chose-another": Reason(
        "No longer managed",
        "since {date}, because the client chose another partner.",
        "Talk to the client. You can claim the account again 30 days after that day.",
    ),
    "staff-chose-another": Reason(
        "No longer managed",
        "since {date}, because the programme’s staff decided that another partner does.",
        "Write to the programme if you know something they did not.",
    ),
    "managed-cancelled": Reason(
        "Ended", "on {date}, because the client cancelled their account.", "Claim it again when they are back."
    ),
    "org-closed": Reason("Ended", "on {date}, because the programme closed your organization.", ""),
    "merged": Reason(
        "Ended", "on {date}, because this account was merged into another one.", "Look at the account that goes on."
    ),
}
