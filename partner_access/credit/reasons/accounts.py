"""What an account, an organization or a sign-up is itself, whatever ties a partner to it."""

from __future__ import annotations

from partner_access.credit.reasons.reason import Reason

ACCOUNTS: dict[str, Reason] = {
    "existing-client": Reason(
        "Not credited",
        "because this website already had a client account, since {date}. Only a client’s first account earns credit.",
        "Register the next client before they sign up.",
    ),
    "first-never-accepted": Reason(
        "An earlier account",
        "of this website, of {date}, does not count: its client had not accepted it by {until}.",
        "",
    ),
    "first-only-trial": Reason(
        "An earlier account",
        "of this website, of {date}, does not count: it was a trial, which ended on {until}.",
        "",
    ),
    "first-long-ended": Reason(
        "An earlier account",
        "of this website, of {date}, does not count any more: it ended on {until}, long ago.",
        "",
    ),
    "moved-client": Reason(
        "Not credited",
        "because this website belonged to another client account since {date}, which has moved away from it; it stays "
        "that account’s until {until}.",
        "Ask for another look if these are two different businesses.",
    ),
    "other-account-named": Reason(
        "Not credited",
        "because the programme knows another account of this website, since {date}. This one was signed up with an "
        "e-mail address that is not at the website’s own domain, so that one stands before it.",
        "Ask for another look if both are the same client.",
    ),
    "site-not-proved": Reason(
        "Not credited yet",
        "because whoever signed up on {date} has an e-mail address that is not at the website’s own domain, and it "
        "would take something from a partner. So the programme’s staff look at it.",
        "Nothing to do: your leads and links stay as they are until this is answered.",
    ),
    "mailbox-elsewhere": Reason(
        "Takes nothing",
        "from another partner: whoever signed up on {date} has an e-mail address that is not at the website’s own "
        "domain, and the programme has not named the account yet.",
        "",
    ),
    "trial-before-lead": Reason(
        "Not credited",
        "because your lead of {date} came after this website’s first account, a trial perhaps. Only a lead before the "
        "first account counts.",
        "If you work for the client now, claim the account as managed.",
    ),
    "account-before-touch": Reason(
        "Not credited",
        "because your part of {date} came after this website’s first account. Only a client’s first account earns "
        "credit.",
        "If you work for the client now, claim the account as managed.",
    ),
    "merged-account": Reason(
        "Not credited",
        "because this account was merged into another one on {date}. The credit is decided there, by the earliest "
        "sign-up.",
        "Look at the account that goes on.",
    ),
    "merged-survivor": Reason(
        "Merged",
        "with another account on {date}: the earliest sign-up of them decides, and these are its facts.",
        "",
    ),
    "merged-other": Reason(
        "Not credited",
        "because this account was merged with another one, and your team had no part in the earliest sign-up of them, "
        "which decides.",
        "Ask for another look if these are two different businesses.",
    ),
    "org-joined": Reason(
        "Came over", "with an organization that became part of yours on {date}: it is judged as what it was then.", ""
    ),
    "org-merged": Reason(
        "Moved", "because your organization became part of another one, which has this now.", "Look there."
    ),
    "own-site": Reason(
        "Not credited",
        "because the account’s website is your organization’s own. Your own use earns no credit.",
        "If the client’s website was typed wrong, ask for another look.",
    ),
    "own-use": Reason(
        "Not credited",
        "because the owner’s e-mail address is at your organization’s own domain. Your own use earns no credit.",
        "For a client’s account, use “I create the account for them”: then any address is fine.",
    ),
    "org-not-active": Reason(
        "Not credited",
        "because your organization was not active in the programme at the time.",
        "Write to the programme if you think it was.",
    ),
    "org-paused": Reason(
        "Not credited",
        "because the programme had paused your organization when the client signed up.",
        "Ask for another look if you think it was not.",
    ),
    "client-went-without": Reason(
        "Not credited", "because the client chose to go on without a partner.", "Ask the client whether they meant to."
    ),
    "same-day": Reason(
        "Not credited by itself",
        "because what came first on the day of the sign-up decides, and no time of it is known, so the programme’s "
        "staff look at it.",
        "Nothing to do: you are mailed when they have decided.",
    ),
    "on-the-day": Reason(
        "Not credited",
        "because your part of {date} was on the day of the sign-up, of which no time is known, and would not decide "
        "whichever came first.",
        "If you work for the client now, claim the account as managed.",
    ),
    "day-decides": Reason(
        "Only the day",
        "of the sign-up is known, {date}. What came first within it decides, so the programme’s staff are asked.",
        "",
    ),
    "not-answered": Reason(
        "Not credited",
        "because no rule credits you by itself for what ties you to the client, and the programme’s staff had not "
        "answered by {until}.",
        "Ask for another look if you know something that the rules do not.",
    ),
    "question-lapsed": Reason(
        "Not answered",
        "by the programme’s staff until {until}, so what the rules say stands.",
        "Ask for another look if you know something that the rules do not.",
    ),
    "unknown-referral": Reason(
        "Not credited", "because the code that came with the sign-up is no partner’s.", "Check the link you share."
    ),
    "nobody": Reason(
        "Not credited",
        "because no partner’s lead or link counted for this client.",
        "Register the next client as a lead, or send them your link, before they sign up.",
    ),
}
