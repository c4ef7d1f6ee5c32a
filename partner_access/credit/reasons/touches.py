"""What a lead, a link, an account created for the client, an address or a ruling did, beside one's own and others'."""

from __future__ import annotations

from partner_access.credit.reasons.reason import Reason

TOUCHES: dict[str, Reason] = {
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
        "because another partner had registered this website as a lead, which comes first.",
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
        "because another partner created this account on the client’s behalf, which comes first.",
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
    # of an address at the organization's domain, whichever comes first
    "other-link-first": Reason(
        "Not credited",
        "because the client used another partner’s link. An owner’s e-mail address at your domain decides nothing by "
        "itself.",
        "Register a client, and share your link with them, as soon as you start to work with them.",
    ),
    "own-link-earlier": Reason("Not needed", "because an earlier opening of your link decided.", ""),
    "other-ruling": Reason("Not needed", "because the programme’s staff ruled.", ""),
    "own-ruling": Reason("Not needed", "because the programme’s staff ruled for you.", ""),
    "own-behalf-first": Reason("Not needed", "because your creating the account already decided.", ""),
    "own-link-first": Reason("Not needed", "because an opening of your link already decided.", ""),
    "own-lead-first": Reason("Not needed", "because your lead already decided.", ""),
    "own-link-later": Reason("Not needed", "because a later opening of your link decided.", ""),
    "own-lead-earlier": Reason("Not needed", "because your earlier lead already decided.", ""),
    "no-touch": Reason(
        "Not credited", "because your team had no lead and no link for this client.", "Claim the account as managed."
    ),
}
