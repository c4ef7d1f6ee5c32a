"""Every reason a credit can have: code -> sentence -> next step. Pages, mails and files use these same sentences.

Slots are filled from the finding: {date} of the touch, {until}, {who}, {code}.
"""

from __future__ import annotations

from dataclasses import dataclass

from partner_access.credit.managed_reasons import MANAGED


@dataclass(frozen=True)
class Reason:
    """short: the bold start of the row; sentence: the rest, with slots; next_step: what the partner can do now."""

    short: str
    sentence: str
    next_step: str


REASONS: dict[str, Reason] = {
    "credited-lead": Reason(
        "Credited", "because the website matches the lead {who} registered on {date}.", "Nothing to do."
    ),
    "credited-lead-link": Reason(
        "Credited", "because the client used the link of the lead {who} registered on {date}.", "Nothing to do."
    ),
    "credited-link": Reason(
        "Credited", "because the client opened your link “{code}” on {date} and signed up from it.", "Nothing to do."
    ),
    "credited-code": Reason(
        "Credited", "because the sign-up came with the code of your link “{code}”.", "Nothing to do."
    ),
    "credited-behalf": Reason(
        "Credited", "because your team created this account for the client on {date}.", "Nothing to do."
    ),
    "credited-ruling": Reason(
        "Credited",
        "because the programme’s staff ruled so on {date}; their reason is on the client’s page.",
        "Nothing to do.",
    ),
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
    "lead-after-sign-up": Reason(
        "Not credited",
        "because the lead was registered on {date}, after the client had signed up.",
        "If you work for the client now, claim the account as managed.",
    ),
    "late-lead": Reason(
        "Not credited by itself",
        "because your lead of {date} came within a day after the sign-up. Something else ties you to it, so the "
        "programme’s staff look at it.",
        "Nothing to do: you are mailed when they have decided.",
    ),
    "team-email": Reason(
        "Not credited by itself",
        "because the owner’s e-mail address is at your organization’s domain. That is a sign, no proof, so the "
        "programme’s staff look at it.",
        "Nothing to do: you are mailed when they have decided.",
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
    "ruled-other": Reason(
        "Not credited",
        "because the programme’s staff ruled so on {date}; their reason is on the client’s page.",
        "Ask for another look if you know something they did not.",
    ),
    "ruled-nobody": Reason(
        "Not credited",
        "because the programme’s staff ruled on {date} that nobody is; their reason is on the client’s page.",
        "Ask for another look if you know something they did not.",
    ),
    "lead-expired": Reason(
        "Not credited",
        "because your lead of {date} had ended on {until}, before the client signed up.",
        "Renew a lead before it ends; each can be renewed once.",
    ),
    "lead-withdrawn": Reason(
        "Not credited",
        "because your lead of {date} was withdrawn on {until}, before the client signed up.",
        "Register the site again when you work with a client once more.",
    ),
    "lead-queued": Reason(
        "Not credited",
        "because your lead of {date} was still queued: another partner had registered the site before you.",
        "A queued lead becomes yours when the site is free.",
    ),
    "lead-passed-on": Reason(
        "Not credited",
        "because your lead of {date} stood in line again: on {until}, while the programme had paused your "
        "organization, the site passed on to the next one who waited for it.",
        "Ask for another look if you think that your organization was not paused.",
    ),
    "visit-after-sign-up": Reason(
        "Not credited",
        "because your link was opened on {date}, after the client had signed up.",
        "Send the link before the client signs up.",
    ),
    "visit-too-old": Reason(
        "Not credited",
        "because your link was opened on {date}; it counted until {until}, before the client signed up.",
        "Send the link again: each opening counts anew.",
    ),
    "visit-beside": Reason(
        "Not credited",
        "because this opening of your link, of {date}, was named in the form of another partner’s link. A form counts "
        "for its own link alone.",
        "Send the client your link, and let them sign up from it.",
    ),
    "other-lead-first": Reason(
        "Not credited",
        "because another partner had registered this website as a lead. A lead comes before a link.",
        "Register a client as a lead as soon as you start to work with them.",
    ),
    "other-link-later": Reason(
        "Not credited",
        "because the client opened another partner’s link after yours of {date}. The last one counts.",
        "Register the client as a lead: a lead comes before any link.",
    ),
    "other-lead-earlier": Reason(
        "Not credited",
        "because another partner had registered this website before your lead of {date}. The earliest counts.",
        "Register a client as soon as you start to work with them.",
    ),
    "other-behalf-first": Reason(
        "Not credited",
        "because another partner created this account on the client’s behalf. That comes before a link.",
        "Register the client as a lead: a lead comes before both.",
    ),
    # of rules by which a link comes first, or the first of several openings counts
    "other-link-before": Reason(
        "Not credited",
        "because the client had opened another partner’s link. A link comes before a lead, and before creating the "
        "account.",
        "Share your link with a client as soon as you start to work with them.",
    ),
    "other-link-last": Reason(
        "Not credited",
        "because the client opened another partner’s link after yours of {date}. The last one counts.",
        "Send your link again shortly before a client signs up.",
    ),
    "other-link-earlier": Reason(
        "Not credited",
        "because the client had opened another partner’s link before yours of {date}. The first one counts.",
        "Share your link with a client as soon as you start to work with them.",
    ),
    "other-lead-before": Reason(
        "Not credited",
        "because another partner had registered this website as a lead. Only a link comes before a lead.",
        "Register a client as soon as you start to work with them.",
    ),
    "other-behalf-before": Reason(
        "Not credited",
        "because another partner created this account on the client’s behalf.",
        "Register a client, and share your link with them, as soon as you start to work with them.",
    ),
    "own-link-earlier": Reason("Not needed", "because an earlier opening of your link decided.", ""),
    "other-ruling": Reason("Not needed", "because the programme’s staff ruled.", ""),
    "own-ruling": Reason("Not needed", "because the programme’s staff ruled for you.", ""),
    "own-behalf-first": Reason("Not needed", "because your creating the account already decided.", ""),
    "own-link-first": Reason("Not needed", "because an opening of your link already decided.", ""),
    "other-link-first": Reason("Not needed", "because another rule decided.", ""),
    "own-lead-first": Reason("Not needed", "because your lead already decided.", ""),
    "own-link-later": Reason("Not needed", "because a later opening of your link decided.", ""),
    "own-lead-earlier": Reason("Not needed", "because your earlier lead already decided.", ""),
    "no-touch": Reason(
        "Not credited", "because your team had no lead and no link for this client.", "Claim the account as managed."
    ),
    "unknown-referral": Reason(
        "Not credited", "because the code that came with the sign-up is no partner’s.", "Check the link you share."
    ),
    "nobody": Reason("Not credited", "because no partner’s lead or link counted for this client.", ""),
    # of credit that has ended; {date} is when it did, {until} when the client came back
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
REASONS |= {code: Reason(*words) for code, words in MANAGED.items()}
